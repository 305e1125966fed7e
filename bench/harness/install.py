"""Fetches the peers into a cache folder with their registries' own clients. Nothing of them is committed."""
import os
import shutil
import subprocess

VERSIONS = {
    "dbmate": "2.36.0",
    "squawk-cli": "2.66.0",
    "@postgres-language-server/cli": "0.25.5",
    "node-pg-migrate": "9.0.0",
    "pg": "8.23.1",
    "goose": "v3.29.0",
    "golang-migrate": "v4.20.1",
    "flyway": "12.5.0",
    "liquibase": "5.0.4",
    "picocli": "4.7.7",
    "postgresql-jdbc": "42.7.14",
}


class Unavailable(Exception):
    pass


def client(name, package):
    if not shutil.which(name):
        raise Unavailable(f"{name} is not installed (Debian: {package})")


def call(arguments, **options):
    done = subprocess.run(arguments, stdin=subprocess.DEVNULL, capture_output=True, text=True, **options)
    if done.returncode:
        lines = [line.strip() for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        errors = [line for line in lines if "rror" in line] or lines
        raise Unavailable(f"{arguments[0]}: {' / '.join(errors[:2])[:300]}")


def once(folder, result, install):
    """Installs unless the result is there; a half-made folder never counts."""
    if not (folder / result).exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            install(folder)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    return folder / result


def from_npm(cache, packages, result):
    def install(folder):
        client("npm", "npm")
        (folder / "package.json").write_text('{"private": true}\n')
        call(["npm", "install", "--no-audit", "--no-fund", *(f"{name}@{VERSIONS[name]}" for name in packages)],
             cwd=folder)
    return once(cache / f"{packages[0]}-{VERSIONS[packages[0]]}", result, install)


def from_go(cache, name, package, tags, result):
    def install(folder):
        client("go", "golang-go")
        # One package at a time: the bench may share the machine.
        call(["go", "install", "-p", "1", "-tags", tags, f"{package}@{VERSIONS[name]}"],
             env={**os.environ, "GOBIN": str(folder)})
    return once(cache / f"{name}-{VERSIONS[name]}", result, install)


def from_maven(cache, name, artifacts):
    """The artifacts (group, artifact, key into VERSIONS) with all they depend on, as a class path."""
    def install(folder):
        client("mvn", "maven")
        dependencies = "".join(f"<dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId>"
                               f"<version>{VERSIONS[key]}</version></dependency>" for group, artifact, key in artifacts)
        (folder / "pom.xml").write_text(
            '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
            f"<groupId>bench</groupId><artifactId>{name}</artifactId><version>1</version><packaging>pom</packaging>"
            f"<dependencies>{dependencies}</dependencies></project>\n")
        call(["mvn", "-q", "-B", "dependency:copy-dependencies", "-DoutputDirectory=jars"], cwd=folder)
    client("java", "default-jre-headless")
    return once(cache / f"{name}-{VERSIONS[name]}", "jars", install)


def from_debian(program, packages):
    if shutil.which(program):
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise Unavailable(f"not installed: apt-get install {' '.join(packages)}")
    call(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages])
