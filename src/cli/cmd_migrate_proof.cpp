#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/files.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/proof_report.h"
#include "cli/session.h"
#include "cli/shadow_options.h"
#include "prove/test.h"

// migrate test: prove in a shadow that migrations can be taken back.
namespace drydock::cli {
namespace {

struct TestArguments {
    std::vector<std::string> only;
    std::optional<std::string> from;
    std::optional<std::string> to;
    std::optional<std::string> data;
    std::optional<std::string> schema;
    bool no_cache = false;
    bool hooks = false;
    bool write = false;
};

// Never over a file that is there: somebody wrote that one.
Result<bool> write_new(const std::filesystem::path& path, std::string_view text) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0 && errno == EEXIST) return false;
    if (fd < 0) return file_error("writing", path, errno);
    ::close(fd);
    DRYDOCK_TRY_VOID(write_file(path, text));
    return true;
}

// Beside the migrations, as rollback-NNN_name.sql. Gives the files.
Result<std::vector<std::string>> write_rollbacks(Session& session, const prove::TestReport& report) {
    std::vector<std::string> files;
    for (const auto& proof : report.proofs) {
        if (proof.verdict != prove::Verdict::generated) continue;
        const auto path = std::filesystem::path{proof.file}.parent_path() / fmt::format("rollback-{}.sql", proof.id);
        DRYDOCK_TRY(const bool fresh, write_new(path, proof.rollback_sql));
        if (fresh) files.push_back(path.string());
        if (!fresh) session.warn(fmt::format("{} is there already and stays as it is", path.string()));
    }
    return files;
}

Result<int> test(Session& session, const TestArguments& arguments) {
    DRYDOCK_TRY(const auto project, session.project());
    prove::TestOptions options{
        .replay = replay_options(session),
        .only = arguments.only,
        .from = arguments.from,
        .to = arguments.to,
        .cache = !arguments.no_cache,
    };
    options.replay.hooks = arguments.hooks;
    options.replay.data = arguments.data.value_or("");
    options.schema_file = arguments.schema.value_or("");
    const auto& cache = session.settings().text("shadow.cache_dir");
    if (!cache.empty()) options.cache_folder = std::filesystem::absolute(cache);
    DRYDOCK_TRY(options.shadow, shadow_options(session));
    DRYDOCK_TRY(const auto report, prove::test(project, options, session.progress(), session.limits()));
    std::vector<std::string> files;
    if (arguments.write) {
        DRYDOCK_TRY(files, write_rollbacks(session, report));
    }
    if (session.json()) {
        auto document = prove::to_json(report);
        if (arguments.write) document["written"] = boost::json::array(files.begin(), files.end());
        session.print_json(document);
    } else {
        for (const auto& note : report.notes) session.note(note);
        session.print(proof_text(report, session.out()));
        for (const auto& file : files) session.tell(fmt::format("wrote {}\n", file));
    }
    return report.failed() ? traits(ErrorCode::failed).exit_code : 0;
}

}  // namespace

void declare_migrate_test(Arguments& arguments) {
    const auto given = std::make_shared<TestArguments>();
    arguments
        .verb(
            "migrate",
            "test",
            "Prove in a shadow that migrations can be taken back",
            [given](Session& s) { return test(s, *given); }
        )
        .list("--only", given->only, "MIGRATION", "Prove these alone; the others only run")
        .option("--from", given->from, "MIGRATION", "Prove from this one on")
        .option("--to", given->to, "MIGRATION", "As if this one were the last")
        .option("--data", given->data, "DIR", "Files NNN*.sql to load after the migration of that number")
        .option("--schema", given->schema, "FILE", "A file that must make the same schema as all migrations")
        .flag("--write", given->write, "Write proven generated rollbacks beside the migrations")
        .flag("--hooks", given->hooks, "Run the project's hooks, against the shadow")
        .flag("--no-cache", given->no_cache, "Use and keep nothing of other runs")
        .section_options("shadow.")
        .engine_options()
        .example("drydock migrate test")
        .example("drydock migrate test --only 014 --data tests/rows")
        .example("drydock migrate test --schema schema.sql --json");
}

}  // namespace drydock::cli
