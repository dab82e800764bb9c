//! Voices by their names, among the files of a model.

use std::path::Path;

use super::{Voice, VoiceMix};
use crate::files::{self, File, HubName, ModelName, Progress, Want};
use crate::{Error, Result};

/// The formats of a voice, in the order in which they are looked for.
const FORMATS: [&str; 3] = ["pt", "npy", "bin"];

/// Reads the voices of a mixture and mixes them: those of a folder from it or its `voices`, those of a
/// hub model from the shared cache, downloaded first where they are not there.
///
/// # Errors
/// [`Error::Name`] for a voice that is not there, [`Error::Hub`] for a download that failed, and as
/// [`Voice::load`] and [`Voice::mix`].
pub fn find_voice(model: &ModelName, mix: &VoiceMix, progress: &dyn Progress) -> Result<Voice> {
    let load = |(voice, weight): &(String, f32)| {
        Ok((Voice::load(&find_one(model, voice, progress)?)?, *weight))
    };
    let voices = mix.0.iter().map(load).collect::<Result<Vec<_>>>()?;
    Voice::mix(&voices)
}

fn find_one(model: &ModelName, voice: &str, progress: &dyn Progress) -> Result<File> {
    match model {
        ModelName::Path(folder) => find_in(folder, voice),
        ModelName::Hub(hub) => {
            let file = format!("voices/{voice}.pt");
            let name = ModelName::Hub(HubName { file: Some(file.clone()), ..hub.clone() });
            files::resolve(&name, Want::KokoroVoice, progress)?.require(&file).cloned()
        }
        ModelName::Embedded(embedded) => Err(Error::Name {
            name: embedded.name.into(),
            reason: "it has no voices; a Kokoro model is expected, such as `kokoro-82m`".into(),
        }),
    }
}

fn find_in(folder: &Path, voice: &str) -> Result<File> {
    let voices = folder.join("voices");
    let place = if voices.is_dir() { voices.as_path() } else { folder };
    let files = FORMATS.map(|format| place.join(format!("{voice}.{format}")));
    if let Some(path) = files.into_iter().find(|path| path.is_file()) {
        return Ok(File::Path(path));
    }
    let mut known: Vec<String> = std::fs::read_dir(place)
        .map_err(|e| Error::io(place, e))?
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            FORMATS.contains(&path.extension()?.to_str()?).then_some(())?;
            Some(format!("`{}`", path.file_stem()?.to_str()?))
        })
        .collect();
    known.sort();
    known.dedup();
    let found = if known.is_empty() { "none".into() } else { known.join(", ") };
    Err(Error::Name {
        name: folder.display().to_string(),
        reason: format!("no voice `{voice}` in `{}`; known: {found}", place.display()),
    })
}
