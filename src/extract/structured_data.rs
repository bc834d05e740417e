//! JSON-LD and microdata of a page, as plain JSON objects (schema.org).
