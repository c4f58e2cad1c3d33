//! Changes of users and tokens, within the transaction of a commit.

use super::super::dialect::Connection;
use chrono::{DateTime, Utc};

use super::super::error::{from_sqlx, is_unique_violation};
use crate::domain::account::UserId;
use crate::domain::feature::Switch;
use crate::server::store::account::{Account, AccountWrite, PasswordHash, SecretDigest};
use crate::server::store::{CommitError, StoreError};

/// Makes one change at `at`.
pub(in super::super) async fn write(
    connection: &mut Connection,
    write: &AccountWrite,
    at: DateTime<Utc>,
) -> Result<(), CommitError> {
    match write {
        AccountWrite::CreateUser { account, password } => create_user(connection, account, password, at).await,
        AccountWrite::CreateFirstAdmin { link, account, password } => {
            take_setup_link(connection, link, at).await?;
            create_user(connection, account, password, at).await
        }
        AccountWrite::SetRole { user, role, version } => {
            let sql = "UPDATE users SET role = $1, version = version + 1 WHERE id = $2 AND version = $3";
            let query = sqlx::query(sql).bind(role.as_str()).bind(user.0).bind(version);
            let done = query.execute(&mut *connection).await.map_err(from_sqlx)?;
            changed(done.rows_affected())?;
            keep_an_admin(connection).await
        }
        AccountWrite::SetPassword { user, password, version } => {
            let sql = "UPDATE users SET password_hash = $1, version = version + 1 WHERE id = $2 AND version = $3";
            let query = sqlx::query(sql).bind(password.0.as_str()).bind(user.0).bind(version);
            let done = query.execute(&mut *connection).await.map_err(from_sqlx)?;
            changed(done.rows_affected())?;
            Ok(end_sessions(connection, *user).await?)
        }
        AccountWrite::SetEnabled { user, enabled, version } => {
            let sql = "UPDATE users SET enabled = $1, version = version + 1 WHERE id = $2 AND version = $3";
            let query = sqlx::query(sql).bind(enabled.is_on()).bind(user.0).bind(version);
            let done = query.execute(&mut *connection).await.map_err(from_sqlx)?;
            changed(done.rows_affected())?;
            match enabled {
                Switch::On => Ok(()),
                Switch::Off => {
                    end_sessions(connection, *user).await?;
                    keep_an_admin(connection).await
                }
            }
        }
        AccountWrite::CreateToken { .. } => create_token(connection, write, at).await,
        AccountWrite::RevokeToken { token } => {
            let query = sqlx::query("UPDATE api_tokens SET revoked_at = coalesce(revoked_at, $1) WHERE id = $2");
            let query = query.bind(at.timestamp_millis()).bind(token.0);
            let done = query.execute(connection).await.map_err(from_sqlx)?;
            if done.rows_affected() == 0 {
                return Err(CommitError::NotFound { what: "token with this number".to_owned() });
            }
            Ok(())
        }
    }
}

async fn create_user(
    connection: &mut Connection,
    account: &Account,
    password: &PasswordHash,
    at: DateTime<Utc>,
) -> Result<(), CommitError> {
    sqlx::query(
        "INSERT INTO users (login, name, role, enabled, password_hash, created_at, version)
         VALUES ($1, $2, $3, TRUE, $4, $5, 1)",
    )
    .bind(account.login.as_str())
    .bind(account.name.as_str())
    .bind(account.role.as_str())
    .bind(password.0.as_str())
    .bind(at.timestamp_millis())
    .execute(connection)
    .await
    .map_err(|error| exists_or_failed(error, || format!("user {}", account.login)))?;
    Ok(())
}

/// Uses up the link, when it is the present one and nobody has an account.
async fn take_setup_link(
    connection: &mut Connection,
    link: &SecretDigest,
    at: DateTime<Utc>,
) -> Result<(), CommitError> {
    let sql = "DELETE FROM setup_links
               WHERE digest = $1 AND expires_at > $2 AND NOT EXISTS (SELECT 1 FROM users)";
    let query = sqlx::query(sql).bind(link.as_bytes()).bind(at.timestamp_millis());
    let done = query.execute(connection).await.map_err(from_sqlx)?;
    if done.rows_affected() == 0 {
        return Err(CommitError::NotFound { what: "set-up link with this token".to_owned() });
    }
    Ok(())
}

async fn create_token(connection: &mut Connection, write: &AccountWrite, at: DateTime<Utc>) -> Result<(), CommitError> {
    let AccountWrite::CreateToken { digest, name, scopes, owner, made_by, expires_at } = write else { return Ok(()) };
    sqlx::query(
        "INSERT INTO api_tokens (digest, name, scopes, user_id, made_by, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(digest.as_bytes())
    .bind(name.as_str())
    .bind(scopes.to_string())
    .bind(owner.map(|user| user.0))
    .bind(made_by.as_str())
    .bind(at.timestamp_millis())
    .bind(expires_at.map(|end| end.timestamp_millis()))
    .execute(connection)
    .await
    .map_err(|error| exists_or_failed(error, || format!("token {name}")))?;
    Ok(())
}

async fn end_sessions(connection: &mut Connection, user: UserId) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM sessions WHERE user_id = $1").bind(user.0).execute(connection).await.map_err(from_sqlx)?;
    Ok(())
}

/// Someone must be left who can let others in.
async fn keep_an_admin(connection: &mut Connection) -> Result<(), CommitError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM users WHERE role = 'admin' AND enabled)";
    let is_kept: bool = sqlx::query_scalar(sql).fetch_one(connection).await.map_err(from_sqlx)?;
    if is_kept { Ok(()) } else { Err(CommitError::LastAdmin) }
}

fn changed(rows: u64) -> Result<(), CommitError> {
    if rows == 0 { Err(CommitError::Stale { what: "the user".to_owned() }) } else { Ok(()) }
}

fn exists_or_failed(error: sqlx::Error, what: impl FnOnce() -> String) -> CommitError {
    if is_unique_violation(&error) { CommitError::Exists { what: what() } } else { from_sqlx(error).into() }
}
