//! Content codings (RFC 9110 §8.4, §12.5.3): which one a client wants, and making it. Pure.

use std::io::Write;

use axum::http::header::ACCEPT_ENCODING;
use axum::http::{HeaderMap, HeaderValue};

use super::accept::wishes;

/// Bodies below this are sent as they are, in bytes.
const WORTH_IT: usize = 1_024;
/// Brotli: about as fast as gzip, and smaller.
const BROTLI_QUALITY: i32 = 4;
const BROTLI_WINDOW: i32 = 20;
const BROTLI_BUFFER: usize = 4_096;

/// A content coding, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    Zstd,
    Brotli,
    Gzip,
}

impl Coding {
    pub(super) const ALL: [Self; 3] = [Self::Zstd, Self::Brotli, Self::Gzip];

    /// The coding for a body of `length` bytes; none: as it is.
    pub(crate) fn wanted(headers: &HeaderMap, length: usize) -> Option<Self> {
        if length < WORTH_IT {
            return None;
        }
        let asked: Vec<(&str, f32)> = wishes(headers, ACCEPT_ENCODING).collect();
        let quality = |coding: Self| {
            let named = asked.iter().find(|(name, _)| coding.names().contains(name));
            named
                .or(asked.iter().find(|(name, _)| *name == "*"))
                .map_or(0.0, |(_, quality)| *quality)
        };
        let wanted = Self::ALL.into_iter().map(|coding| (coding, quality(coding)));
        let wanted = wanted.filter(|(_, quality)| *quality > 0.0);
        // Of equals the first is the best.
        wanted.reduce(|best, next| if next.1 > best.1 { next } else { best }).map(|(best, _)| best)
    }

    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Zstd => &["zstd"],
            Self::Brotli => &["br"],
            Self::Gzip => &["gzip", "x-gzip"],
        }
    }

    /// As the header `content-encoding` has it.
    pub(crate) fn header(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Zstd => "zstd",
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        })
    }

    /// Encodes a body.
    pub(crate) fn encode(self, plain: &[u8]) -> std::io::Result<Vec<u8>> {
        match self {
            Self::Zstd => zstd::encode_all(plain, zstd::DEFAULT_COMPRESSION_LEVEL),
            Self::Brotli => {
                let parameters = brotli::enc::BrotliEncoderParams {
                    quality: BROTLI_QUALITY,
                    lgwin: BROTLI_WINDOW,
                    size_hint: plain.len(),
                    ..Default::default()
                };
                let mut coded = Vec::new();
                let mut writer =
                    brotli::CompressorWriter::with_params(&mut coded, BROTLI_BUFFER, &parameters);
                writer.write_all(plain)?;
                writer.flush()?;
                drop(writer);
                Ok(coded)
            }
            Self::Gzip => {
                let mut writer =
                    flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
                writer.write_all(plain)?;
                writer.finish()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn the_best_of_what_the_client_takes_is_chosen() {
        for (asked, wanted) in [
            ("", None),
            ("identity", None),
            ("gzip", Some(Coding::Gzip)),
            ("gzip, deflate, br, zstd", Some(Coding::Zstd)),
            ("br;q=0.9, gzip;q=0.8", Some(Coding::Brotli)),
            ("zstd;q=0.1, gzip", Some(Coding::Gzip)),
            ("gzip;q=0", None),
            ("gzip;q=many", None),
            ("*", Some(Coding::Zstd)),
            ("zstd;q=0, *;q=0.5", Some(Coding::Brotli)),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(asked));
            assert_eq!(Coding::wanted(&headers, WORTH_IT), wanted, "{asked}");
            assert_eq!(Coding::wanted(&headers, WORTH_IT - 1), None);
        }
    }

    #[test]
    fn what_is_encoded_can_be_decoded_and_is_smaller() {
        let plain = "Wie helpt mij met de heg? ".repeat(1_000).into_bytes();
        for coding in Coding::ALL {
            let coded = coding.encode(&plain).unwrap();
            assert!(coded.len() < plain.len() / 10, "{coding:?}");
            let mut back = Vec::new();
            match coding {
                Coding::Zstd => back = zstd::decode_all(coded.as_slice()).unwrap(),
                Coding::Brotli => {
                    let mut reader = brotli::Decompressor::new(coded.as_slice(), 4_096);
                    reader.read_to_end(&mut back).unwrap();
                }
                Coding::Gzip => {
                    let mut reader = flate2::read::GzDecoder::new(coded.as_slice());
                    reader.read_to_end(&mut back).unwrap();
                }
            }
            assert!(back == plain, "{coding:?}");
        }
    }
}
