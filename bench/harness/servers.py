"""The bench's own throw-away servers: PostgreSQL with its default settings on a disk or in memory."""
import glob
import os
import pathlib
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time

USER = "bench"
# Nothing that makes a commit cheaper: only checkpoints and logs are kept out of the measured time.
SETTINGS = {"checkpoint_timeout": "1h", "max_wal_size": "8GB", "autovacuum": "off", "log_min_messages": "fatal"}


def binaries():
    folders = [os.environ["PG_BIN"]] if "PG_BIN" in os.environ else sorted(glob.glob("/usr/lib/postgresql/*/bin"))
    if not folders:
        raise SystemExit("no PostgreSQL server found: install postgresql, or name its folder in PG_BIN")
    return pathlib.Path(folders[-1])


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def filesystem(path):
    return subprocess.run(["stat", "-f", "-c", "%T", path], capture_output=True, text=True).stdout.strip()


class Server:
    def __init__(self, where, name, settings=None, slow_sync=None):
        """slow_sync: (library, milliseconds, part of a path or None) slows synchronous writes to such files down."""
        self.name = name
        self.filesystem = filesystem(where)
        self.password = secrets.token_hex(16)
        self.port = free_port()
        self.process = None
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="drydock-bench-", dir=where))
        # PostgreSQL refuses to run as root.
        self.owner = "postgres" if os.geteuid() == 0 else None
        try:
            self._init()
            self._start({**SETTINGS, **(settings or {})}, slow_sync)
        except BaseException:
            self.stop()
            raise

    def _as_owner(self):
        if not self.owner:
            return {}
        account = pwd.getpwnam(self.owner)
        return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}

    def _init(self):
        password_file = self.folder / "password"
        password_file.write_text(self.password)
        if self.owner:
            account = pwd.getpwnam(self.owner)
            for path in (self.folder, password_file):
                os.chown(path, account.pw_uid, account.pw_gid)
        subprocess.run([binaries() / "initdb", "-D", self.folder / "data", "-U", USER, "-A", "scram-sha-256",
                        f"--pwfile={password_file}", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
                       check=True, cwd=self.folder, stdout=subprocess.DEVNULL, **self._as_owner())

    def _start(self, settings, slow_sync):
        env = {**os.environ}
        if slow_sync:
            library, milliseconds, part = slow_sync
            # Beside the data: the server's user may not be able to read the build folder.
            copy = shutil.copy(library, self.folder / "slow_sync.so")
            os.chmod(copy, 0o755)
            env.update(LD_PRELOAD=str(copy), SLOW_SYNC_MS=str(milliseconds),
                       **({"SLOW_SYNC_PATH": part} if part else {}))
        settings = {"port": self.port, "listen_addresses": "127.0.0.1", "unix_socket_directories": "", **settings}
        arguments = [item for key, value in settings.items() for item in ("-c", f"{key}={value}")]
        self.log = open(self.folder / "log", "wb")
        self.process = subprocess.Popen([binaries() / "postgres", "-D", self.folder / "data", *arguments], env=env,
                                        cwd=self.folder, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
                                        **self._as_owner())
        deadline = time.monotonic() + 60
        while subprocess.run([binaries() / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]).returncode:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"the {self.name} server did not start: {(self.folder / 'log').read_text()[-800:]}")
            time.sleep(0.05)

    def url(self, database, port=None):
        return f"postgres://{USER}:{self.password}@127.0.0.1:{port or self.port}/{database}?sslmode=disable"

    def query(self, sql, database="postgres"):
        done = subprocess.run([binaries() / "psql", "-XAtqc", sql, "-v", "ON_ERROR_STOP=1", self.url(database)],
                              capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"{self.name} server: {done.stderr.strip()}")
        return done.stdout.strip()

    def fresh(self, database):
        self.query(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
        self.query(f"CREATE DATABASE {database}")

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)  # at once: the data are thrown away
            self.process.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class LatencyProxy:
    def __init__(self, program, server, one_way_microseconds):
        self.process = subprocess.Popen([program, str(server.port), str(one_way_microseconds)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()  # it ends with its standard input
        self.process.wait(10)
