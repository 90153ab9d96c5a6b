"""The rights on the server: roles, grants, policies by council, and the views that readers ask. Default deny: what is not granted here is taken away.

Readers own nothing and may make nothing. Views ask with the rights of whoever reads them (`security_invoker`), so that the policy of a row is the
reader's own, also through a view. A policy names the councils of its group as constants: no setting, function or path can change what it says.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from psycopg2 import sql

from warehouse.serving.readers import Group, Kind, Readers
from warehouse.serving.served_tables import COUNCIL, ServedTable
from warehouse.serving.server import ServerError

ORGANISATION, PARTNERSHIP = "organisation", "partnership_id"
# Anybody may make a large object, which is a way to write into the database.
WRITING_FUNCTIONS = ("lo_creat(integer)", "lo_create(oid)", "lo_from_bytea(oid, bytea)")
LOGIN = "login nosuperuser nocreatedb nocreaterole noreplication nobypassrls inherit connection limit 20"
GROUP = "nologin nosuperuser nocreatedb nocreaterole noreplication nobypassrls inherit"
# What a login begins with. It may change all but the first, which only a superuser may.
SETTINGS = {
    "log_statement": "all",
    "default_transaction_read_only": "on",
    "idle_in_transaction_session_timeout": "10min",
    "statement_timeout": "10min",
}


def close_to_the_public(cursor: Any) -> list[str]:
    """Take from everybody what PostgreSQL gives to everybody: connecting, temporary tables, schema public, large objects.

    Returns what only a superuser can take away. Raises ServerError if the database is not the login's own.
    """
    cursor.execute("select current_database(), pg_get_userbyid(datdba) from pg_database where datname = current_database()")
    database, owner = cursor.fetchone()
    cursor.execute("select pg_has_role(current_user, %s, 'usage'), rolsuper from pg_roles where rolname = current_user", [owner])
    is_owner, is_superuser = cursor.fetchone()
    if not is_owner and not is_superuser:
        raise ServerError(f"The database {database} belongs to {owner}. Let the login of the setting own it: docs/postgresql.md says how")
    cursor.execute(sql.SQL("revoke all on database {} from public").format(sql.Identifier(database)))
    left = []
    cursor.execute("select pg_has_role(current_user, nspowner, 'usage') from pg_namespace where nspname = 'public'")
    if (found := cursor.fetchone()) and found[0]:
        cursor.execute("revoke all on schema public from public")
    elif found:
        left.append("revoke all on schema public from public")
    for function in WRITING_FUNCTIONS:
        cursor.execute("select has_function_privilege('public', %s, 'execute')", [f"pg_catalog.{function}"])
        if cursor.fetchone()[0]:
            if is_superuser:
                cursor.execute(f"revoke execute on function pg_catalog.{function} from public")
            else:
                left.append(f"revoke execute on function pg_catalog.{function} from public")
    return left


def make_groups(cursor: Any, readers: Readers) -> list[str]:
    """Make the roles of the groups that are not there yet. Returns the names of those made."""
    made = []
    for group in readers.groups:
        cursor.execute("select 1 from pg_roles where rolname = %s", [group.role])
        if not cursor.fetchone():
            cursor.execute(sql.SQL(f"create role {{}} {GROUP}").format(sql.Identifier(group.role)))
            made.append(group.role)
        else:
            # Somebody may have given it more since.
            cursor.execute(
                "select rolsuper or rolcreatedb or rolcreaterole or rolreplication or rolbypassrls or rolcanlogin from pg_roles "
                "where rolname = %s",
                [group.role],
            )
            if cursor.fetchone()[0]:
                raise ServerError(f"The role {group.role} may log in, or may do more than read. Drop it, or choose another prefix")
    return made


def roles_without_a_group(cursor: Any, readers: Readers) -> list[str]:
    """Roles of this prefix that no longer are groups of the configuration. They have no right left, and may have members."""
    cursor.execute("select rolname from pg_roles where starts_with(rolname, %s) and not rolcanlogin order by 1", [readers.prefix])
    return sorted({name for (name,) in cursor.fetchall()} - {group.role for group in readers.groups})


def grant_tables(
    cursor: Any, schema: str, tables: Sequence[ServedTable], readers: Readers, kinds: Iterable[Kind], with_views: bool
) -> list[str]:
    """Give the groups of some kinds their rights on a publication's schema, and nobody else any. Returns what to know of the groups.

    The tables must be locked, or not yet visible.
    """
    kinds = list(kinds)
    take_all(cursor, schema)
    for table in tables:
        cursor.execute(sql.SQL("alter table {} enable row level security").format(sql.Identifier(schema, table.name)))
        cursor.execute("select policyname from pg_policies where schemaname = %s and tablename = %s", [schema, table.name])
        for (policy,) in cursor.fetchall():
            cursor.execute(sql.SQL("drop policy {} on {}").format(sql.Identifier(policy), sql.Identifier(schema, table.name)))
    if with_views:
        for kind in kinds:
            _make_views(cursor, schema, tables, kind)
    remarks = []
    for group in readers.groups:
        if group.kind in kinds:
            councils = _councils(cursor, schema, tables, group)
            if councils == []:
                remarks.append(f"{group.role} reads no council's rows: the publication has none of its councils")
            _grant(cursor, schema, tables, group, councils, with_views)
    return remarks


def take_all(cursor: Any, schema: str) -> None:
    """Take every right on a schema and its tables and columns from everybody but their owner."""
    cursor.execute(
        """
        select distinct coalesce(pg_roles.rolname, 'public')
        from (
            select nspacl as acl, nspowner as owner from pg_namespace where nspname = %(schema)s
            union all
            select relacl, relowner from pg_class where relnamespace = (select oid from pg_namespace where nspname = %(schema)s)
            union all
            select attacl, relowner from pg_attribute inner join pg_class on pg_class.oid = attrelid
            where relnamespace = (select oid from pg_namespace where nspname = %(schema)s)
        ) as granted
        cross join lateral aclexplode(granted.acl) as right_of
        left join pg_roles on pg_roles.oid = right_of.grantee
        where right_of.grantee <> granted.owner
        """,
        {"schema": schema},
    )
    for (grantee,) in cursor.fetchall():
        whom = sql.SQL("public") if grantee == "public" else sql.Identifier(grantee)
        cursor.execute(sql.SQL("revoke all on all tables in schema {} from {}").format(sql.Identifier(schema), whom))
        cursor.execute(sql.SQL("revoke all on schema {} from {}").format(sql.Identifier(schema), whom))


def _make_views(cursor: Any, schema: str, tables: Sequence[ServedTable], kind: Kind) -> None:
    """The views of a kind anew, over one publication."""
    cursor.execute(sql.SQL("create schema if not exists {}").format(sql.Identifier(kind.schema)))
    drop_views(cursor, kind.schema)
    take_all(cursor, kind.schema)
    for table in tables:
        columns = kind.columns(table)
        if not columns:
            continue
        view = sql.Identifier(kind.schema, table.name)
        cursor.execute(
            sql.SQL("create view {} with (security_barrier, security_invoker) as select {} from {}").format(
                view, sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(schema, table.name)
            )
        )
        cursor.execute(sql.SQL("comment on view {} is {}").format(view, sql.Literal(table.comment)))
        for column in table.columns:
            if column.name in columns:
                cursor.execute(
                    sql.SQL("comment on column {} is {}").format(
                        sql.Identifier(kind.schema, table.name, column.name), sql.Literal(column.comment)
                    )
                )


def drop_views(cursor: Any, schema: str) -> None:
    """Drop the views that readers ask, as before others take their place."""
    for view in views_of(cursor, schema):
        cursor.execute(sql.SQL("drop view {}").format(sql.Identifier(schema, view)))


def views_of(cursor: Any, schema: str) -> list[str]:
    cursor.execute("select viewname from pg_views where schemaname = %s order by 1", [schema])
    return [name for (name,) in cursor.fetchall()]


def _councils(cursor: Any, schema: str, tables: Sequence[ServedTable], group: Group) -> list[str] | None:
    """The councils whose rows a group reads, of those that the publication has. None: all."""
    if group.councils is None and group.partnership is None:
        return None
    organisation = next((table for table in tables if table.name == ORGANISATION), None)
    if organisation is None:
        return sorted(group.councils or ())
    where, what = (
        (sql.SQL("{} = any(%s)").format(sql.Identifier(COUNCIL)), list(group.councils))
        if group.councils is not None
        else (sql.SQL("{} = %s").format(sql.Identifier(PARTNERSHIP)), group.partnership)
    )
    cursor.execute(
        sql.SQL("select {} from {} where {} order by 1").format(sql.Identifier(COUNCIL), sql.Identifier(schema, ORGANISATION), where),
        [what],
    )
    return [council for (council,) in cursor.fetchall()]


def _grant(cursor: Any, schema: str, tables: Sequence[ServedTable], group: Group, councils: list[str] | None, with_views: bool) -> None:
    role = sql.Identifier(group.role)
    cursor.execute(
        sql.SQL("grant connect on database {} to {}").format(sql.Identifier(cursor.connection.get_dsn_parameters()["dbname"]), role)
    )
    cursor.execute(sql.SQL("grant usage on schema {} to {}").format(sql.Identifier(schema), role))
    if with_views:
        cursor.execute(sql.SQL("grant usage on schema {} to {}").format(sql.Identifier(group.kind.schema), role))
    for table in tables:
        columns = group.kind.columns(table)
        if not columns:
            continue
        name = sql.Identifier(schema, table.name)
        cursor.execute(sql.SQL("grant select ({}) on {} to {}").format(sql.SQL(", ").join(map(sql.Identifier, columns)), name, role))
        if with_views:
            cursor.execute(sql.SQL("grant select on {} to {}").format(sql.Identifier(group.kind.schema, table.name), role))
        is_open = councils is None or not table.is_of_councils
        rows = sql.SQL("true") if is_open else sql.SQL("{0} is null or {0} = any({1})").format(sql.Identifier(COUNCIL), _texts(councils))
        cursor.execute(sql.SQL("create policy {} on {} for select to {} using ({})").format(role, name, role, rows))


def _texts(texts: list[str] | None) -> sql.Composable:
    return sql.SQL("array[{}]::text[]").format(sql.SQL(", ").join(map(sql.Literal, texts or ())))
