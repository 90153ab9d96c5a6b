"""Publications made by hand: few rows, with every type and every text that is hard to copy. Tests of the copy need no month of samples."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import duckdb
import yaml

from foundation.layout import write_layout
from foundation.published_files import seal
from foundation.storage import Storage

TABLES = """
create schema marts;
create table marts.organisation (organisation_id varchar primary key, partnership_id varchar);
insert into marts.organisation values ('ash', 'east'), ('birch', 'east'), ('cedar', null);
create table marts.unit (unit_key varchar primary key, organisation_id varchar, unit_name varchar);
insert into marts.unit values ('ash', 'ash', 'Ash'), ('birch', 'birch', 'Birch'), ('cedar', 'cedar', 'Cedar'), ('east', null, 'East');
create table marts.month (month_end date primary key);
insert into marts.month values ('2025-08-31'), ('2025-09-30');
create table marts.kind_of_value (code varchar, says varchar);
insert into marts.kind_of_value values ('fte', 'Full-time equivalent');
create table marts.figure (
    unit_key varchar not null, organisation_id varchar, month_end date, fte decimal(18, 6), people bigint, small integer, rate double,
    is_known boolean, seen_at timestamp, says varchar, not_shown varchar
);
insert into marts.figure values
    ('ash', 'ash', '2025-09-30', 999999999999.999999, 9223372036854775807, -1, 0.1, true, '2025-09-30 12:34:56.789012', '', null),
    ('ash', 'ash', '2025-08-31', -0.000001, 0, 0, 1e-300, false, '1900-01-01 00:00:00', 'a "quoted", line' || chr(10) || 'and the next', ''),
    ('birch', 'birch', '2025-09-30', 0.100000, null, null, null, null, null, null, 'c'),
    ('cedar', 'cedar', '2025-09-30', {figure}, 3, 4, 2.5, true, null, 'Zoë \\N NULL \\. ' || chr(9) || ' end', null),
    ('east', null, '2025-09-30', 12.5, 7, 8, 1.7976931348623157e308, true, null, 'above a council', null);
create view marts.old_name as select unit_key, organisation_id from marts.unit;
create table marts.relationship as select * from (values
    ('figure', 'unit_key', 'unit', 'unit_key'), ('figure', 'month_end', 'month', 'month_end'),
    ('figure', 'organisation_id', 'organisation', 'organisation_id')
) as joins (table_name, column_name, joins_to_table, joins_to_column);
comment on table marts.figure is 'One row per unit and month. It''s made up.';
comment on column marts.figure.fte is 'FTE, 100 % exact.';
comment on view marts.old_name is 'An old name.';
"""
COUNCILS = ("ash", "birch", "cedar")


@dataclass(frozen=True)
class SmallPublications:
    """A data root with publications made by hand, and its readers."""

    home: Path
    prefix: str

    def configure(self, **changes: object) -> None:
        """Write the readers: an analyst of each council, of the partnership, a board, an engineer."""
        readers: dict[str, object] = {
            "prefix": self.prefix,
            "keep_publications": 2,
            "kinds": {
                "analyst": None,
                "board": {"tables": ["figure", "month"], "without": {"figure": ["people", "says"]}},
                "engineer": {"earlier_publications": True},
            },
            "groups": {
                **{f"analyst_{council}": {"kind": "analyst", "councils": [council]} for council in COUNCILS},
                "analyst_east": {"kind": "analyst", "partnership": "east"},
                "board": {"kind": "board", "councils": "all"},
                "engineer": {"kind": "engineer", "councils": "all"},
            },
            **changes,
        }
        write_layout(self.home)
        (self.home / "config").mkdir(exist_ok=True)
        (self.home / "config" / "readers.yaml").write_text(yaml.safe_dump(readers), encoding="utf-8")

    def publish(self, publication: str, month: str = "2025-09", figure: str = "1.5", change: str = "", audience: str = "inside") -> Path:
        """Write a finished publication and point `latest` to it. `change`: SQL that runs on its tables last."""
        folder = self.home / "published" / month / publication
        (folder / audience).mkdir(parents=True)
        with duckdb.connect(str(folder / audience / "workforce.duckdb")) as marts:
            marts.execute(TABLES.format(figure=figure) + change)
        made = f"2025-10-{len(list((self.home / 'published').glob('2*/*'))):02}T09:00:00+00:00"
        (folder / "manifest.json").write_text(
            json.dumps({"publication": publication, "month": month, "made_at": made}) + "\n", encoding="utf-8"
        )
        seal(folder, Storage(self.home))
        latest = self.home / "published" / "latest"
        latest.unlink(missing_ok=True)
        latest.symlink_to(folder.relative_to(latest.parent), target_is_directory=True)
        return folder
