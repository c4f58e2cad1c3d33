//! How much memory a body would take once it is decoded, found without decoding it: a message that says nothing is two bytes
//! long and takes a hundred times as much. Memory is bounded by this, not by what a sender's body weighs.

use prost::encoding::{WireType, decode_key, decode_varint};

/// What any one message takes beside what is in it.
const A_MESSAGE: usize = 320;

/// How deep messages may lie within each other, which decoding bounds as well.
const MOST_DEPTH: usize = 100;

/// A body that is cut off or no messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the body is cut off or not what its headers say")]
pub struct Malformed;

/// A kind of message: which of its fields are messages, and of which kind.
struct Kind {
    fields: &'static [(u32, &'static Kind)],
    /// What a byte of its other fields becomes: packed counts grow.
    a_byte: usize,
}

static REQUEST: Kind = Kind { fields: &[(1, &RESOURCE_METRICS)], a_byte: 1 };
static RESOURCE_METRICS: Kind = Kind { fields: &[(1, &RESOURCE), (2, &SCOPE_METRICS)], a_byte: 1 };
static RESOURCE: Kind = Kind { fields: &[(1, &KEY_VALUE), (3, &OTHER)], a_byte: 1 };
static SCOPE_METRICS: Kind = Kind { fields: &[(1, &SCOPE), (2, &METRIC)], a_byte: 1 };
static SCOPE: Kind = Kind { fields: &[(3, &KEY_VALUE)], a_byte: 1 };
static METRIC: Kind = Kind {
    fields: &[(5, &NUMBERS), (7, &NUMBERS), (9, &HISTOGRAMS), (10, &EXPONENTIALS), (11, &SUMMARIES), (12, &KEY_VALUE)],
    a_byte: 1,
};
static NUMBERS: Kind = Kind { fields: &[(1, &NUMBER)], a_byte: 1 };
static HISTOGRAMS: Kind = Kind { fields: &[(1, &HISTOGRAM)], a_byte: 1 };
static EXPONENTIALS: Kind = Kind { fields: &[(1, &EXPONENTIAL)], a_byte: 1 };
static SUMMARIES: Kind = Kind { fields: &[(1, &SUMMARY)], a_byte: 1 };
static NUMBER: Kind = Kind { fields: &[(5, &EXEMPLAR), (7, &KEY_VALUE)], a_byte: 1 };
static HISTOGRAM: Kind = Kind { fields: &[(8, &EXEMPLAR), (9, &KEY_VALUE)], a_byte: 1 };
static EXPONENTIAL: Kind =
    Kind { fields: &[(1, &KEY_VALUE), (8, &BUCKETS), (9, &BUCKETS), (11, &EXEMPLAR)], a_byte: 1 };
static SUMMARY: Kind = Kind { fields: &[(6, &OTHER), (7, &KEY_VALUE)], a_byte: 1 };
static EXEMPLAR: Kind = Kind { fields: &[(7, &KEY_VALUE)], a_byte: 1 };
static BUCKETS: Kind = Kind { fields: &[], a_byte: 8 };
static OTHER: Kind = Kind { fields: &[], a_byte: 4 };
static KEY_VALUE: Kind = Kind { fields: &[(2, &ANY_VALUE)], a_byte: 1 };
static ANY_VALUE: Kind = Kind { fields: &[(5, &ARRAY), (6, &KEY_VALUES)], a_byte: 1 };
static ARRAY: Kind = Kind { fields: &[(1, &ANY_VALUE)], a_byte: 1 };
static KEY_VALUES: Kind = Kind { fields: &[(1, &KEY_VALUE)], a_byte: 1 };

/// What a protobuf body takes, in bytes, at most.
pub fn protobuf(body: &[u8]) -> Result<usize, Malformed> {
    weigh(&REQUEST, body, 0)
}

/// What a JSON body takes, in bytes, at most.
pub fn json(body: &[u8]) -> usize {
    let each = body.iter().map(|byte| match byte {
        b'{' => A_MESSAGE,
        b',' | b'[' => 32,
        _ => 2,
    });
    each.sum()
}

fn weigh(kind: &Kind, mut body: &[u8], depth: usize) -> Result<usize, Malformed> {
    if depth > MOST_DEPTH {
        return Err(Malformed);
    }
    let mut weight = A_MESSAGE;
    while !body.is_empty() {
        let (tag, wire_type) = decode_key(&mut body).map_err(|_| Malformed)?;
        let length = match wire_type {
            WireType::Varint => {
                decode_varint(&mut body).map_err(|_| Malformed)?;
                weight += 16;
                continue;
            }
            WireType::SixtyFourBit => 8,
            WireType::ThirtyTwoBit => 4,
            WireType::LengthDelimited => {
                let length = decode_varint(&mut body).map_err(|_| Malformed)?;
                usize::try_from(length).map_err(|_| Malformed)?
            }
            WireType::StartGroup | WireType::EndGroup => return Err(Malformed),
        };
        let (content, rest) = body.split_at_checked(length).ok_or(Malformed)?;
        let within = kind.fields.iter().find(|(field, _)| *field == tag && wire_type == WireType::LengthDelimited);
        weight += match within {
            Some((_, kind)) => weigh(kind, content, depth + 1)?,
            None => length * kind.a_byte + 16,
        };
        body = rest;
    }
    Ok(weight)
}
