"""Every contestant: how it is had, its own file format, its commands. All with the defaults of its manual."""
import os
import pathlib
import re
import shutil
import subprocess

from . import install
from .install import Unavailable, VERSIONS
from .measure import Command

HARNESS = pathlib.Path(__file__).resolve().parent


class Tool:
    name = ""
    peer = True  # False: drydock itself, or a floor
    transactions = "each"  # each: a migration is a transaction; all: the whole run is one
    hashes = False  # does a run with nothing to do verify the applied files?
    applies = True  # False: only connects
    slow = False  # at full size only with --all
    version = ""

    def prepare(self, programs, cache):
        """Installs; raises Unavailable with the reason."""

    def write(self, folder, work):
        for migration in work.migrations:
            (folder / self.file_name(migration)).write_text(self.file_text(migration))

    def file_name(self, migration):
        return f"{migration.number:05d}_{migration.name}.sql"

    def file_text(self, migration):
        return migration.sql

    def up(self, folder, url):
        raise NotImplementedError

    def status(self, folder, url):
        return None


class Drydock(Tool):
    name = "drydock"
    peer = False
    hashes = True

    def __init__(self, root, options=()):
        self.options = list(options)
        self.binary = pathlib.Path(os.environ.get("DRYDOCK", root / "build/release/drydock")).resolve()

    def prepare(self, programs, cache):
        if not os.access(self.binary, os.X_OK):
            raise Unavailable(f"{self.binary.name} is not built: build/release/drydock, or name it in DRYDOCK")
        version = subprocess.run([self.binary, "--version"], capture_output=True, text=True).stdout.split()
        self.version = version[-1] if version else ""

    def up(self, folder, url):
        return Command([self.binary, "migrate", "up", "--dir", folder, "--database-url", url, "--yes", "--quiet",
                        *self.options], cwd=folder.parent)

    def status(self, folder, url):
        return Command([self.binary, "migrate", "status", "--dir", folder, "--database-url", url], cwd=folder.parent)


class Floor(Tool):
    peer = False

    def __init__(self, mode, name, transactions):
        self.mode, self.name, self.transactions = mode, name, transactions

    def prepare(self, programs, cache):
        self.program = programs / "floor"

    def up(self, folder, url):
        return Command([self.program, self.mode, folder, url])


class Connect(Tool):
    """A process that connects and asks one thing: the least a run with nothing to do can take."""
    peer = False
    applies = False
    name = "floor: connect and one query"
    transactions = "-"

    def prepare(self, programs, cache):
        self.program = programs / "floor"

    def up(self, folder, url):
        return Command([self.program, "latency", "1", url])

    def status(self, folder, url):
        return self.up(folder, url)


class Psql(Tool):
    """One psql process with one script of everything; every statement is a round trip."""
    peer = False

    def __init__(self, transactions):
        self.transactions = transactions
        self.name = "psql -f" if transactions == "each" else "psql -1 -f"

    def prepare(self, programs, cache):
        if not shutil.which("psql"):
            raise Unavailable("psql is not installed (Debian: postgresql-client)")
        self.version = subprocess.run(["psql", "--version"], capture_output=True, text=True).stdout.split()[2]

    def write(self, folder, work):
        before, after = ("BEGIN;\n", "COMMIT;\n") if self.transactions == "each" else ("", "")
        with open(folder / "all.sql", "w") as script:
            script.write("CREATE TABLE psql_history (name text PRIMARY KEY, applied_at timestamptz DEFAULT now());\n")
            for migration in work.migrations:
                script.write(f"{before}{migration.sql}INSERT INTO psql_history (name) VALUES ('{migration.name}');\n"
                             f"{after}")

    def up(self, folder, url):
        one = ["-1"] if self.transactions == "all" else []
        return Command(["psql", "-Xq", *one, "-v", "ON_ERROR_STOP=1", "-f", folder / "all.sql", url])


class Dbmate(Tool):
    name = "dbmate"
    version = VERSIONS["dbmate"]

    def prepare(self, programs, cache):
        launcher = install.from_npm(cache, ["dbmate"], "node_modules/.bin/dbmate")
        # The program itself: the launcher would add node's start to it.
        found = sorted(launcher.parent.parent.glob("@dbmate/*/bin/dbmate"))
        if not found:
            raise Unavailable("its package holds no program for this machine")
        self.program = found[0]

    def file_text(self, migration):
        return f"-- migrate:up\n{migration.sql}\n-- migrate:down\n"

    def _command(self, verb, folder, url):
        return Command([self.program, "--no-dump-schema", "--migrations-dir", folder, "--url", url, verb])

    def up(self, folder, url):
        return self._command("migrate", folder, url)

    def status(self, folder, url):
        return self._command("status", folder, url)


class Goose(Tool):
    name = "goose"
    version = VERSIONS["goose"]

    def prepare(self, programs, cache):
        # The tags leave out drivers of other databases, as its manual advises.
        tags = "no_clickhouse no_libsql no_mssql no_mysql no_sqlite3 no_vertica no_ydb no_starrocks no_duckdb no_spanner"
        self.program = install.from_go(cache, self.name, "github.com/pressly/goose/v3/cmd/goose", tags, "goose")

    def file_text(self, migration):
        return f"-- +goose Up\n{migration.sql}"

    def up(self, folder, url):
        return Command([self.program, "-dir", folder, "postgres", url, "up"])

    def status(self, folder, url):
        return Command([self.program, "-dir", folder, "postgres", url, "status"])


class GolangMigrate(Tool):
    name = "golang-migrate"
    version = VERSIONS["golang-migrate"]

    def prepare(self, programs, cache):
        self.program = install.from_go(cache, self.name, "github.com/golang-migrate/migrate/v4/cmd/migrate",
                                       "postgres", "migrate")

    def file_name(self, migration):
        return f"{migration.number:05d}_{migration.name}.up.sql"

    def up(self, folder, url):
        return Command([self.program, "-path", folder, "-database", url, "up"])


class NodePgMigrate(Tool):
    version = VERSIONS["node-pg-migrate"]

    def __init__(self, transactions):
        self.transactions = transactions
        self.name = "node-pg-migrate" if transactions == "all" else "node-pg-migrate --no-single-transaction"

    def prepare(self, programs, cache):
        if not shutil.which("node"):
            raise Unavailable("node is not installed (Debian: nodejs)")
        self.program = install.from_npm(cache, ["node-pg-migrate", "pg"], "node_modules/.bin/node-pg-migrate").resolve()

    def file_name(self, migration):
        return f"{1700000000000 + migration.number}_{migration.name}.sql"

    def file_text(self, migration):
        return f"-- Up Migration\n{migration.sql}\n-- Down Migration\n"

    def up(self, folder, url):
        mode = [] if self.transactions == "all" else ["--no-single-transaction"]
        return Command(["node", self.program, "up", "-m", folder, *mode], env={"DATABASE_URL": url}, cwd=folder.parent)


class Jdbc(Tool):
    """What the two Java tools share: a class path, and an address in three parts."""
    main = ""

    def java(self, *arguments):
        return ["java", "-cp", self.class_path, self.main, *arguments]

    @staticmethod
    def address(url):
        user, password, rest = re.fullmatch(r"postgres://(\w+):(\w+)@(.*)", url).groups()
        return f"jdbc:postgresql://{rest}", user, password


class Flyway(Jdbc):
    name = "flyway"
    version = VERSIONS["flyway"]
    main = "FlywayMain"
    hashes = True

    def prepare(self, programs, cache):
        jars = install.from_maven(cache, self.name, [("org.flywaydb", "flyway-core", "flyway"),
                                                     ("org.flywaydb", "flyway-database-postgresql", "flyway"),
                                                     ("org.postgresql", "postgresql", "postgresql-jdbc")])
        install.client("javac", "default-jdk-headless")
        install.call(["javac", "-cp", f"{jars}/*", "-d", str(programs), str(HARNESS / "FlywayMain.java")])
        self.class_path = f"{programs}:{jars}/*"

    def file_name(self, migration):
        return f"V{migration.number:05d}__{migration.name}.sql"

    def up(self, folder, url):
        return Command(self.java("migrate", folder, *self.address(url)))

    def status(self, folder, url):
        return Command(self.java("info", folder, *self.address(url)))


class Liquibase(Jdbc):
    name = "liquibase"
    version = VERSIONS["liquibase"]
    main = "liquibase.integration.commandline.LiquibaseCommandLine"
    hashes = True

    def prepare(self, programs, cache):
        jars = install.from_maven(cache, self.name, [("org.liquibase", "liquibase-core", "liquibase"),
                                                     ("info.picocli", "picocli", "picocli"),
                                                     ("org.postgresql", "postgresql", "postgresql-jdbc")])
        self.class_path = f"{jars}/*"

    def write(self, folder, work):
        super().write(folder, work)
        (folder / "changelog.xml").write_text(
            '<databaseChangeLog xmlns="http://www.liquibase.org/xml/ns/dbchangelog"'
            ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
            ' xsi:schemaLocation="http://www.liquibase.org/xml/ns/dbchangelog'
            ' http://www.liquibase.org/xml/ns/dbchangelog/dbchangelog-latest.xsd">\n'
            + "".join(f'  <include file="{self.file_name(migration)}"/>\n' for migration in work.migrations)
            + "</databaseChangeLog>\n")

    def file_text(self, migration):
        return f"--liquibase formatted sql\n--changeset bench:{migration.number}\n{migration.sql}"

    def _command(self, verb, folder, url):
        address, user, password = self.address(url)
        # Analytics off: a bench sends nothing to anybody.
        return Command(self.java(f"--search-path={folder}", "--analytics-enabled=false", "--show-banner=false", verb,
                                 "--changelog-file=changelog.xml", f"--url={address}", f"--username={user}",
                                 f"--password={password}"), cwd=folder.parent)

    def up(self, folder, url):
        return self._command("update", folder, url)

    def status(self, folder, url):
        return self._command("status", folder, url)


class Sqitch(Tool):
    name = "sqitch"
    slow = True

    def prepare(self, programs, cache):
        install.from_debian("sqitch", ["sqitch", "libdbd-pg-perl"])
        self.version = subprocess.run(["sqitch", "--version"], capture_output=True, text=True).stdout.split()[-1]

    def write(self, folder, work):
        for part in ("deploy", "revert", "verify"):
            (folder / part).mkdir(exist_ok=True)
        (folder / "sqitch.conf").write_text("[core]\n\tengine = pg\n[user]\n\tname = bench\n\temail = bench@localhost\n")
        with open(folder / "sqitch.plan", "w") as plan:
            plan.write("%syntax-version=1.0.0\n%project=bench\n\n")
            for migration in work.migrations:
                name = f"m{migration.number:05d}"
                plan.write(f"{name} 2024-01-01T00:00:00Z bench <bench@localhost> # {migration.name}\n")
                (folder / "deploy" / f"{name}.sql").write_text(f"BEGIN;\n{migration.sql}COMMIT;\n")

    def _command(self, verb, folder, url):
        return Command(["sqitch", "--quiet", verb, f"db:pg{url.removeprefix('postgres')}"], cwd=folder)

    def up(self, folder, url):
        return self._command("deploy", folder, url)

    def status(self, folder, url):
        return self._command("status", folder, url)


def everyone(root, drydock_options=()):
    return [
        Drydock(root, drydock_options),
        Floor("each", "floor: a message a migration", "each"),
        Floor("relaxed", "floor: a message a migration, one wait for the disk", "each"),
        Floor("whole", "floor: one message in all", "all"),
        Psql("each"),
        Psql("all"),
        Dbmate(), Goose(), GolangMigrate(), NodePgMigrate("each"), NodePgMigrate("all"),
        Flyway(), Liquibase(), Sqitch(),
    ]
