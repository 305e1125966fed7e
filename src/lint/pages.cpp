#include <optional>
#include <string>

#include <fmt/format.h>

#include "lint/rule.h"

namespace drydock::lint {
namespace {

constexpr std::string_view kIntroduction = R"(# Lint

This page and those of the rules are made from `src/lint/rule_table.cpp` and `src/lint/pages.cpp`.

`drydock migrate lint` says before a migration runs what will hurt when it does: what blocks whom and for how long, what
fails, what is lost, what breaks the programs that run meanwhile. It reads SQL with PostgreSQL's own grammar, knows what each
statement locks, reads and rewrites, and follows what stands before it: the transaction, its locks, the tables that the file
made itself.

```
drydock migrate lint                                   # the project's files; with a database: those that are pending
drydock migrate lint db/migrations/012_orders.sql      # these files; - is standard input
drydock migrate lint --database-url postgresql://…     # with the catalog, the sizes and the version of the target
drydock migrate lint --offline                         # from the files alone, also where a database is configured
drydock migrate lint --explain col-notnull             # what a rule is about; "all" lists them
```

```
migrations/012_orders.sql
    3:1   error  idx-create: writes to shop.orders wait while the index is built
        CREATE INDEX orders_customer ON shop.orders (customer_id);
        ^^^^^^
      + CREATE INDEX CONCURRENTLY orders_customer ON shop.orders (customer_id);

1 error in 1 file (4 statements)
```

## What a finding rests on

`evidence` says it: `static` is the files alone: several files in their order know what the earlier ones made. `catalog`,
`shadow` and `target` are a database's catalog: then it is known whether a change of type rewrites the table, whether a CHECK
proves NOT NULL, which tables stand at the other end of a foreign key. Where nothing tells, what may happen is a notice.
With a target, what scans or rewrites a table of a few megabytes is a notice too.

Nothing is said about locks on tables that the file itself made: nobody waits for them. Statements in DO blocks are linted
at their own place, also those that EXECUTE runs from a constant text. What the grammar does not know (newer syntax, psql's
commands) is `not-analysed`, and never refused.

## Who runs the files

drydock runs a file in one transaction, runs what can't stand in one by itself, and sets a `lock_timeout`. For files that
something else runs there is `--assume psql` (each statement by itself) and `--assume transaction` (a tool that wraps each
file in one transaction, come what may); `lint.assume` in `drydock.toml` says it for the project.

## Silence

In the file, above the statement or at the end of its first line, with a reason for whoever reads it next:

```sql
-- drydock:allow idx-create the table is empty until the release
CREATE INDEX orders_customer ON orders (customer_id);
DROP TABLE old_orders;  -- drydock:allow data-drop-table, con-drop-fk saved on the 3rd
```

Above the first statement, for the whole file: `-- drydock:allow-file RULE why`. A rule that does not exist is an error; one
that silences nothing is a notice, `lint-unused-allow`. For the project:

```toml
[lint]
disable = ["design-json", "design-serial"]
error = ["data-drop-table"]     # these count as errors
notice = ["idx-drop"]           # and these as notices
fail_on = "warning"
```

Rules that are off by default are turned on the same way, or with `--rule`, which runs the named rules alone.

## In pipelines

The exit code is 0, or 11 when there is a finding of at least `--fail-on` (error unless said otherwise; `never` is for
reports). `--format json` (or `--json`) is described in [json.md](json.md), `--format sarif` is SARIF 2.1.0 for code scanning,
`--format github` prints annotations for a workflow.

## --fix

Rewrites files where the same comes of it more safely: CONCURRENTLY for indexes, for REFRESH and for DETACH where it can be
used; NOT VALID and VALIDATE, and a lock_timeout, where each statement is a transaction of its own; comments that silence
nothing are removed. It shows the difference; `--diff` shows it and writes nothing. Files that are applied on the target are
never touched, and neither are files with placeholders.

## Rules

Severities are those of a table that is in use and of unknown size. Ids don't change their meaning.
)";

}  // namespace

std::string lint_page() {
    std::string text{kIntroduction};
    std::optional<Category> category;
    for (const auto& rule : rules()) {
        if (category != rule.category) {
            category = rule.category;
            text +=
                fmt::format("\n### {}\n\n| rule | severity | what it finds |\n|---|---|---|\n", name(rule.category));
        }
        text += fmt::format("| [{0}](lint/{0}.md) | {1} | {2} |\n", rule.id, name(rule.severity), rule.title);
    }
    return text;
}

}  // namespace drydock::lint
