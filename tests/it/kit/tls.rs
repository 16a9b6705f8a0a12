//! Readers over https: a feed whose certificate is not from an authority that they trust, or is for
//! another host, is not read, and gets no token.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::json;

use super::Language::{JavaScript, Php, Python};
use super::pull::{FEED, Reader, item};
use crate::embedded::program::Program;
use crate::embedded::{SOON, found};

fn openssl(folder: &Path, arguments: &str) {
    let mut command = Command::new("openssl");
    let made = command.args(arguments.split(' ')).current_dir(folder).output().unwrap();
    assert!(made.status.success(), "{made:?}");
}

/// A server with a certificate for this name; it answers with files that hold whole answers.
fn serve(folder: &Path, name: &str) -> (Program, String) {
    openssl(
        folder,
        &format!(
            "req -x509 -newkey rsa:2048 -nodes -keyout {name}.key -out {name}.pem -days 2 \
             -subj /CN={name} -addext subjectAltName={name}"
        ),
    );
    let mut command = Command::new("openssl");
    let arguments = format!("s_server -accept 127.0.0.1:0 -cert {name}.pem -key {name}.key -HTTP");
    command.args(arguments.split(' ')).current_dir(folder);
    let server = Program::start(&mut command, b"");
    let address = found("it listens", SOON, || {
        let said = server.out();
        let line = said.lines().find_map(|line| line.strip_prefix("ACCEPT "));
        line.map(str::to_owned)
    });
    (server, format!("https://{address}"))
}

#[test]
fn only_a_feed_that_proves_who_it_is_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join(FEED.trim_start_matches('/'));
    fs::create_dir_all(page.parent().unwrap()).unwrap();
    for (name, is_right) in [("IP:127.0.0.1", true), ("DNS:luik.example", false)] {
        let (_server, url) = serve(folder.path(), name);
        let next = format!("{url}{FEED}?afterChangeNumber=1");
        for (file, items) in [("items", vec![item("a", 1)]), ("items?afterChangeNumber=1", vec![])]
        {
            let body = json!({ "next": next, "items": items }).to_string();
            let answer = format!("HTTP/1.1 200 -\r\ncontent-length: {}\r\n\r\n{body}", body.len());
            fs::write(page.with_file_name(file), answer).unwrap();
        }
        for language in [Python, Php, JavaScript] {
            let reader = Reader::at(language, &url);
            reader.stops("");
            assert!(!reader.state.exists(), "{language:?}: an unknown authority");
            let authority = folder.path().join(format!("{name}.pem"));
            let trusting = reader.trusting(&authority);
            if is_right {
                trusting.reaches_the_end("1 items held, 0 removed");
            } else {
                trusting.stops("");
                assert!(!trusting.state.exists(), "{language:?}: another host");
            }
        }
    }
}
