//! ATT-4 against the real clamd, with a signature of our own: those of the world are not asked for.

use crate::files::samples::{eicar, photograph};
use crate::files::{Verdict, clamd::Scan};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A scanner in a folder of its own.
struct Clamd {
    child: Child,
    folder: std::path::PathBuf,
}

impl Drop for Clamd {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _gone = self.child.wait();
        let _gone = std::fs::remove_dir_all(&self.folder);
    }
}

impl Clamd {
    async fn start() -> Clamd {
        let program = ["/usr/sbin/clamd", "/usr/local/sbin/clamd"];
        let program = program.iter().find(|path| Path::new(path).exists());
        let program = program.expect("clamd is not installed: scripts/ensure.sh test");
        let folder = std::env::temp_dir().join(format!("huiyin-clamd-{}", std::process::id()));
        let signatures = folder.join("signatures");
        std::fs::create_dir_all(&signatures).unwrap();
        let digest = crate::entropy::hex(&store::content::sha256(&eicar()));
        let line = format!("{digest}:{}:Huiyin.Test.Eicar\n", eicar().len());
        std::fs::write(signatures.join("own.hsb"), line).unwrap();
        let shown = folder.display();
        let config = format!(
            "Foreground yes\nLocalSocket {shown}/socket\nDatabaseDirectory {shown}/signatures\nTemporaryDirectory {shown}\n\
             StreamMaxLength 30M\nOfficialDatabaseOnly no\n"
        );
        std::fs::write(folder.join("clamd.conf"), config).unwrap();
        let child = Command::new(program)
            .arg(format!("--config-file={shown}/clamd.conf"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let clamd = Clamd { child, folder };
        // It makes its socket once it has read its signatures.
        for _ in 0..600 {
            if tokio::net::UnixStream::connect(clamd.socket()).await.is_ok() {
                return clamd;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        panic!("clamd does not listen");
    }

    fn socket(&self) -> std::path::PathBuf {
        self.folder.join("socket")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn att_4_the_real_scanner_labels_what_it_knows() {
    let clamd = Clamd::start().await;
    let scan = async |bytes: &[u8]| {
        let mut scan = Scan::begin(&clamd.socket()).await;
        for piece in bytes.chunks(50) {
            scan.feed(piece).await;
        }
        scan.end().await
    };
    assert_eq!(scan(&eicar()).await, Verdict::Malware("Huiyin.Test.Eicar.UNOFFICIAL".to_owned()));
    assert_eq!(scan(&photograph()).await, Verdict::Clean);
    let large = crate::files::samples::large_photograph(4 << 20);
    assert_eq!(scan(&large).await, Verdict::Clean);
}
