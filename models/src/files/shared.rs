//! Models that are in use, so that each is loaded once per process.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, Weak},
};

use crate::Result;

type Key = (TypeId, String);
type Loaded = Weak<dyn Any + Send + Sync>;

/// A model's place in the table. Its lock is held while the model loads, so that a second caller
/// waits for the first one's result.
type Slot = Arc<Mutex<Option<Loaded>>>;

static SLOTS: LazyLock<Mutex<HashMap<Key, Slot>>> = LazyLock::new(Mutex::default);

/// Returns the process's one copy of a model, loading it when nobody holds it.
///
/// `identity` says what is loaded: [`super::ModelFiles::identity`] together with whatever else
/// shapes the result, such as the device. Callers that ask while it loads wait for it. The table
/// keeps no model alive: when the last `Arc` goes, so does the model. A failed or panicking load is
/// not remembered, so the next caller tries again. `load` must not ask for the same model.
///
/// # Errors
/// Those of `load`.
pub fn load_shared<T, F>(identity: &str, load: F) -> Result<Arc<T>>
where
    T: Send + Sync + 'static,
    F: FnOnce() -> Result<T>,
{
    let key = (TypeId::of::<T>(), identity.to_string());
    let slot = {
        let mut slots = lock(&SLOTS);
        // A slot that only the table holds is not loading; without a living model it is litter.
        slots.retain(|_, slot| {
            Arc::strong_count(slot) > 1
                || lock(slot).as_ref().is_some_and(|model| model.strong_count() > 0)
        });
        slots.entry(key).or_default().clone()
    };
    let mut place = lock(&slot);
    let living = place.as_ref().and_then(Weak::upgrade).and_then(|any| any.downcast::<T>().ok());
    if let Some(model) = living {
        return Ok(model);
    }
    let model = Arc::new(load()?);
    let any: Arc<dyn Any + Send + Sync> = model.clone();
    *place = Some(Arc::downgrade(&any));
    Ok(model)
}

/// Locks, also after a panic under the lock: every state of these values is a valid one.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Barrier,
        atomic::{AtomicUsize, Ordering},
    };

    use super::*;
    use crate::Error;

    fn fail<T>() -> Result<T> {
        Err(Error::Input("no".into()))
    }

    #[test]
    fn two_loads_give_the_same_model() {
        let first = load_shared("two-loads", || Ok(7_u32)).unwrap();
        let second = load_shared("two-loads", || Ok(8_u32)).unwrap();
        assert!(Arc::ptr_eq(&first, &second));
        assert_eq!(*second, 7);
        // Another identity or another type is another model.
        assert_eq!(*load_shared("two-loads-b", || Ok(9_u32)).unwrap(), 9);
        assert_eq!(*load_shared("two-loads", || Ok(9_u64)).unwrap(), 9);
    }

    #[test]
    fn the_last_user_frees_the_model() {
        struct Counted(Arc<AtomicUsize>);
        impl Drop for Counted {
            fn drop(&mut self) {
                self.0.fetch_add(1, Ordering::SeqCst);
            }
        }
        let drops = Arc::new(AtomicUsize::new(0));
        let first = load_shared("freed", || Ok(Counted(drops.clone()))).unwrap();
        let second = load_shared("freed", fail::<Counted>).unwrap();
        drop(first);
        assert_eq!(drops.load(Ordering::SeqCst), 0);
        drop(second);
        assert_eq!(drops.load(Ordering::SeqCst), 1);
        assert!(load_shared("freed", fail::<Counted>).is_err(), "it is loaded anew");
        // Any later load sweeps the empty place away.
        load_shared("freed-other", || Ok(())).unwrap();
        let key = (TypeId::of::<Counted>(), "freed".to_string());
        assert!(!lock(&SLOTS).contains_key(&key));
    }

    #[test]
    fn failures_and_panics_are_not_remembered() {
        assert!(load_shared("fails", fail::<u32>).is_err());
        let panicked = std::panic::catch_unwind(|| {
            load_shared("fails", || -> Result<u32> { panic!("a broken loader") })
        });
        assert!(panicked.is_err());
        assert_eq!(*load_shared("fails", || Ok(3_u32)).unwrap(), 3);
    }

    #[test]
    fn concurrent_callers_wait_for_one_load() {
        const CALLERS: usize = 8;
        let loads = AtomicUsize::new(0);
        let start = Barrier::new(CALLERS);
        let models: Vec<Arc<Vec<u8>>> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..CALLERS)
                .map(|_| {
                    scope.spawn(|| {
                        start.wait();
                        load_shared("concurrent", || {
                            loads.fetch_add(1, Ordering::SeqCst);
                            Ok(vec![0; 1 << 20])
                        })
                        .unwrap()
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(loads.load(Ordering::SeqCst), 1);
        assert!(models.iter().all(|model| Arc::ptr_eq(model, &models[0])));
    }
}
