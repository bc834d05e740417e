//! A JSON document as a tree that borrows from its text.
//!
//! Comes in: text. Goes out: values. It does not know a format.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// A value, as far as rules ask for it.
#[derive(Debug)]
pub(super) enum Value<'a> {
    Text(Cow<'a, str>),
    /// A number without sign and fraction.
    Count,
    List(Vec<Value<'a>>),
    /// In the order in which they stand.
    Object(Vec<(Key<'a>, Value<'a>)>),
    /// `null`, `true`, `false`, other numbers.
    Other,
}

/// A name in an object.
#[derive(Debug)]
pub(super) struct Key<'a>(Cow<'a, str>);

impl<'a> Value<'a> {
    /// The tree.
    ///
    /// # Errors
    /// Why the text is no JSON.
    pub(super) fn read(text: &'a str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    /// What stands under a name; where it stands twice, the last, as most readers see it.
    pub(super) fn get(&self, name: &str) -> Option<&Value<'a>> {
        let Self::Object(members) = self else { return None };
        members.iter().rev().find(|(key, _)| key.0 == name).map(|(_, value)| value)
    }

    pub(super) fn as_str(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The values of a list; of anything else none.
    pub(super) fn list(&self) -> &[Value<'a>] {
        if let Self::List(values) = self { values } else { &[] }
    }
}

impl<'de> Deserialize<'de> for Value<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(AnyValue)
    }
}

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(AnyKey)
    }
}

struct AnyKey;

impl<'de> Visitor<'de> for AnyKey {
    type Value = Key<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Key<'de>, E> {
        Ok(Key(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Key<'de>, E> {
        Ok(Key(Cow::Owned(text.to_owned())))
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Value<'de>, E> {
        Ok(Value::Count)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Value<'de>, E> {
        Ok(Value::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value<'de>, E> {
        Ok(Value::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Value<'de>, E> {
        Ok(Value::Other)
    }

    fn visit_unit<E>(self) -> Result<Value<'de>, E> {
        Ok(Value::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Value<'de>, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = from.next_element()? {
            values.push(value);
        }
        Ok(Value::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Value<'de>, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = from.next_entry()? {
            members.push(member);
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_what_stands_there() {
        let text = r#"{"a":"x","b\u0020c":["\n",1,-1,1.5,true,null,{}],"a":"y"}"#;
        let value = Value::read(text).expect("JSON");
        assert_eq!(value.get("a").and_then(Value::as_str), Some("y"));
        let list = value.get("b c").expect("a list").list();
        assert_eq!(list[0].as_str(), Some("\n"));
        assert!(matches!(
            list[1..],
            [Value::Count, Value::Other, Value::Other, Value::Other, Value::Other, Value::Object(_)]
        ));
        assert!(matches!(list[0], Value::Text(Cow::Owned(_))));
        assert!(matches!(value.get("a"), Some(Value::Text(Cow::Borrowed("y")))));
    }

    #[test]
    fn what_is_no_json_is_no_value() {
        for text in ["", "{", "{\"a\":1,}", "[1] 2", "{1:2}"] {
            assert!(Value::read(text).is_err(), "{text}");
        }
        assert!(Value::read(&"[".repeat(100_000)).is_err());
    }
}
