"""What every tool is given: the same statements, and a question that tells whether all of them ran."""
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Migration:
    number: int
    name: str
    sql: str


@dataclass(frozen=True)
class Work:
    migrations: list
    question: str
    answer: str

    @cached_property
    def count(self):
        return len(self.migrations)


def small_tables(count):
    """One table with a primary key and an index each, as most migrations of most projects are."""
    return Work([Migration(i, f"item_{i:05d}", small_table(i)) for i in range(1, count + 1)],
                r"SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relname ~ '^item_\d+$'", str(count))


def small_table(number):
    return (f"CREATE TABLE item_{number:05d} (\n"
            "    id bigint PRIMARY KEY,\n"
            "    name text NOT NULL,\n"
            "    created_at timestamptz NOT NULL DEFAULT now()\n"
            ");\n"
            f"CREATE INDEX item_{number:05d}_name ON item_{number:05d} (name);\n")


def small_changes(count):
    """One table in ten migrations; the others change it, which makes no new file on the server's disk."""
    def sql(i):
        table = f"item_{(i - 1) // 10 * 10 + 1:05d}"
        step = (i - 1) % 10
        return [f"CREATE TABLE {table} (id bigint, name varchar(80), size int);",
                f"ALTER TABLE {table} ADD COLUMN owner bigint;",
                f"COMMENT ON TABLE {table} IS 'what there is';",
                f"INSERT INTO {table} (id, name, size) VALUES (1, 'first', 1), (2, 'second', 2);",
                f"ALTER TABLE {table} ALTER COLUMN name SET NOT NULL;",
                f"CREATE VIEW {table}_large AS SELECT id, name FROM {table} WHERE size > 100;",
                f"ALTER TABLE {table} ADD COLUMN active boolean NOT NULL DEFAULT true;",
                f"UPDATE {table} SET owner = id;",
                f"ALTER TABLE {table} ADD CONSTRAINT {table}_size CHECK (size >= 0);",
                f"ALTER TABLE {table} RENAME COLUMN active TO enabled;"][step] + "\n"

    # Ten migrations a table: a count that is not a multiple would leave the last step unasked.
    return Work([Migration(i, f"change_{i:05d}", sql(i)) for i in range(1, count + 1)],
                "SELECT count(*) FROM information_schema.columns WHERE column_name = 'enabled'", str(count // 10))


def one_file(statements):
    """One migration of many statements: data that was turned into INSERTs."""
    lines = ["CREATE TABLE fact (id int PRIMARY KEY, name text NOT NULL);"]
    lines += [f"INSERT INTO fact (id, name) VALUES ({i}, 'the name of row {i}');" for i in range(1, statements + 1)]
    return Work([Migration(1, "facts", "\n".join(lines) + "\n")], "SELECT count(*) FROM fact", str(statements))
