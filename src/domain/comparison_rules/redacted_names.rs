//! Names of members that say that what they hold is secret: redacted in every migration, whatever its rules.

/// What a name has in it.
const PARTS: [&str; 13] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "authorization",
    "apikey",
    "accesskey",
    "privatekey",
    "credential",
    "cookie",
    "sessionid",
    "jwt",
];

/// What a name is as a whole, being too short to be looked for within others.
const WHOLE: [&str; 7] = ["auth", "pwd", "pin", "otp", "cvv", "ssn", "bearer"];

/// Whether a member of this name is secret. Case, `_`, `-`, `.` and spaces do not count: `X-Api-Key` is `apikey`.
pub fn is_secret_name(name: &str) -> bool {
    let plain: String = name.chars().filter(|char| char.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    WHOLE.contains(&plain.as_str()) || PARTS.iter().any(|part| plain.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_told_by_its_name() {
        for (name, expected) in [
            ("password", true),
            ("userPassword", true),
            ("PASSWORD_HASH", true),
            ("access-token", true),
            ("Authorization", true),
            ("X-Api-Key", true),
            ("client secret", true),
            ("Set-Cookie", true),
            ("aws.access.key", true),
            ("session_id", true),
            ("PIN", true),
            ("shopping", false),
            ("author", false),
            ("etag", false),
            ("name", false),
            ("", false),
        ] {
            assert_eq!(is_secret_name(name), expected, "{name}");
        }
    }
}
