use std::time::Duration;

use super::{Health, Way};

#[test]
fn an_error_ends_a_stream_that_stops_or_says_so() {
    let check = |kind: cpal::ErrorKind, silent_ms: u64, ends: bool| {
        let health = Health::default();
        health.report(&kind.into());
        let result = health.check("`x`", Duration::from_millis(silent_ms));
        assert_eq!(result.is_err(), ends, "{kind:?} after {silent_ms} ms: {result:?}");
    };
    check(cpal::ErrorKind::DeviceNotAvailable, 0, true);
    check(cpal::ErrorKind::BackendError, 10, false);
    check(cpal::ErrorKind::BackendError, 400, true);
    check(cpal::ErrorKind::Xrun, 4000, false);
    check(cpal::ErrorKind::DeviceChanged, 4000, false);
}

#[test]
fn what_cannot_be_is_a_guess() {
    let ms = Duration::from_millis;
    let check = |said: Option<u64>, length: u64, is_said: bool| {
        let way = Way::new(said.map(ms), ms(5)..=ms(500), ms(10));
        assert_eq!(way, Way { length: ms(length), said: is_said }, "{said:?}");
    };
    check(Some(5), 5, true);
    check(Some(500), 500, true);
    check(Some(501), 10, false);
    check(Some(0), 10, false);
    check(None, 10, false);
}
