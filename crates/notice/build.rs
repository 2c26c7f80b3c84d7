//! Says what to do when the faces have not been made, instead of letting `include_bytes!` fail obscurely.

fn main() {
    for face in ["body", "title", "black"] {
        let made = format!("fonts/{face}.otf");
        println!("cargo::rerun-if-changed={made}");
        if !std::path::Path::new(&made).exists() {
            println!("cargo::error=crates/notice/{made} is not made: run `make fonts` first");
        }
    }
}
