"""The labelled cases of tests/lint, which say of each piece of SQL what is dangerous about it, or that nothing is."""
import re
from dataclasses import dataclass, field


@dataclass
class Case:
    file: str
    rule: str  # empty: safe
    words: set
    title: str
    sql: str = ""
    before: str = ""

    @property
    def needs_catalog(self):
        return "catalog" in self.words

    @property
    def version(self):
        return next((word[3:] for word in self.words if word.startswith("pg=")), None)

    @property
    def runner(self):
        return next((word for word in ("psql", "transaction") if word in self.words), "drydock")


def read(folder):
    cases = []
    for path in sorted(folder.glob("*.sql")):
        if path.name == "fixture.sql":
            continue
        for line in path.read_text().splitlines(keepends=True):
            if head := re.match(r"--- (hazard|safe)([^:]*): (.*)", line):
                words = head[2].split()
                rule = words.pop(0) if head[1] == "hazard" else ""
                cases.append(Case(path.name, rule, set(words), head[3]))
            elif cases and line.startswith("--@ "):
                cases[-1].before += line[4:]
            elif cases:
                cases[-1].sql += line
    return cases


def many_statements(count):
    """DDL and DML as histories have them, each a little different."""
    kinds = (
        "CREATE TABLE app.t{i} (id bigint PRIMARY KEY, name text NOT NULL, total numeric(10, 2) DEFAULT 0);",
        "ALTER TABLE app.orders ADD COLUMN note{i} text;",
        "CREATE INDEX t{i}_name ON app.t{i} (name);",
        "ALTER TABLE app.orders ADD CONSTRAINT c{i} CHECK (total >= {i}) NOT VALID;",
        "INSERT INTO app.settings (name, value) VALUES ('key{i}', '{i}');",
        "UPDATE app.orders SET state = 'sent' WHERE id = {i};",
        "ALTER TABLE app.t{i} ADD CONSTRAINT f{i} FOREIGN KEY (id) REFERENCES app.orders (id);",
        "CREATE VIEW app.v{i} AS SELECT id, name FROM app.t{i} WHERE total > {i};",
        "COMMENT ON TABLE app.t{i} IS 'table {i}';",
        "ALTER TABLE app.orders ALTER COLUMN n{i} SET NOT NULL;",
        "GRANT SELECT ON app.t{i} TO reader;",
        "CREATE INDEX CONCURRENTLY o{i} ON app.orders (n{i});",
    )
    return "\n".join(kinds[i % len(kinds)].format(i=i // len(kinds)) for i in range(count)) + "\n"
