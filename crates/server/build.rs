//! Says what to do when the style sheet has not been built, instead of letting `include_bytes!` fail obscurely.

fn main() {
    let built = "../../web/dist/base.css";
    println!("cargo::rerun-if-changed={built}");
    // A new language file or sentence must reach the binary.
    println!("cargo::rerun-if-changed=../../locales");
    if !std::path::Path::new(built).exists() {
        println!("cargo::error=web/dist/base.css is not built: run `make web` (npm) first");
    }
}
