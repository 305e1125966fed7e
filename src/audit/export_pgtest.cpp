#include <fstream>

#include "audit/audit_pgtest.h"
#include "audit/checkpoint.h"
#include "audit/list.h"
#include "base/files.h"
#include "base/process.h"
#include "base/text.h"
#include "testing/surroundings.h"

namespace drydock::audit {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kName = "drydock.example.com/audit";

// What is exported, and what the verifier that knows no line of this code says of it.
class ExportTest : public AuditTest {
protected:
    std::string export_of(const Actor& who, const ExportOptions& options = {}) {
        std::string text;
        const auto done = export_rows(*store_, who, options, into(text), limits());
        EXPECT_TRUE(done) << done.error().message << done.error().detail;
        if (!done) return {};
        EXPECT_EQ(static_cast<std::int64_t>(split(text, '\n').size()) - 1, *done);
        return text;
    }
    static Writer into(std::string& text) {
        return [&text](std::string_view piece) -> Result<> {
            text += piece;
            return {};
        };
    }
    void sign(char letter) {
        FileSink sink{folder_.path() / "sink"};
        CheckpointSink* const sinks[] = {&sink};
        ASSERT_TRUE(
            make_checkpoint(*store_, organization(letter), {.key = key_, .name = std::string{kName}}, sinks, limits())
        );
    }
    std::filesystem::path file(std::string_view name, std::string_view text) {
        const auto path = folder_.path() / name;
        EXPECT_TRUE(write_file(path, text));
        return path;
    }
    // Its exit code and what it says.
    std::string verified(std::string_view text, std::vector<std::string> more = {}) {
        std::vector<std::string> argv{
            (std::filesystem::path{__FILE__}.parent_path() / "../../tools/verify-audit").string(),
            file("export", text).string()
        };
        argv.insert(argv.end(), more.begin(), more.end());
        const auto done = drydock::run({.argv = argv}, Limits::within(kTime));
        EXPECT_TRUE(done) << done.error().message;
        return fmt::format("{} {}", done->exit_code, done->output);
    }
    std::vector<std::string> with_notes(std::string_view notes = "") {
        const auto path = notes.empty() ? folder_.path() / "sink" : file("notes", notes);
        return {"--checkpoints", path.string(), "--key", crypto::note_verifier(kName, key_.public_key())};
    }
    static std::string with(std::string text, std::string_view from, std::string_view to) {
        const auto at = text.find(from);
        if (at == std::string::npos) {
            ADD_FAILURE() << "no " << from << " in\n" << text;
            return text;
        }
        return text.replace(at, from.size(), to);
    }
    // The lines in another order, or without some: "1 3 2".
    static std::string lines(std::string_view text, std::initializer_list<std::size_t> which) {
        const auto all = split(text, '\n');
        std::string result;
        for (const auto number : which) result.append(all.at(number - 1)).append(1, '\n');
        return result;
    }

    testing::TempFolder folder_;
    crypto::SigningKey key_ = crypto::SigningKey::generate();
};

TEST_F(ExportTest, IsVerifiedWithoutDrydock) {
    add_many(actor('a', "owner"), 3);
    ASSERT_TRUE(add(
        actor('a', "owner"),
        {.action = "odd.values",
         .object_name = "O'Brien\t\"x\" \u2028 \U0001F512",
         .details =
             R"({"n": [1e400, -0.0, 1.500, 12345678901234567890123], "z": {"": null, "b": [true, {}], "ä": "\u0001\u007f/\\"}, "e": []})"
        }
    ));
    sign('a');
    const auto text = export_of(actor('a', "admin"));
    EXPECT_THAT(text, HasSubstr(R"("action":"audit.exported")"));
    EXPECT_THAT(text, HasSubstr("192.0.2.7"));
    EXPECT_EQ(verified(text), "0 5 rows fit\n");
    EXPECT_EQ(verified(text, with_notes()), "0 5 rows fit, 1 checkpoints, signed up to row 4\n");
    std::string notes;
    ASSERT_EQ(export_checkpoints(*store_, actor('a', "admin"), into(notes), limits()).value(), 1);
    EXPECT_EQ(notes, read_file(folder_.path() / "sink").value());
}

TEST_F(ExportTest, OfAnyTamperingTheVerifierSaysWhere) {
    add_many(actor('a', "owner"), 3);
    sign('a');
    const auto text = export_of(actor('a', "admin"));
    EXPECT_THAT(verified(with(text, R"("from": 1)", R"("from": 7)")), HasSubstr("1 NOT WHOLE: row 2 was changed"));
    EXPECT_THAT(verified(with(text, "1.50", "1.5")), HasSubstr("row 1 was changed"));
    EXPECT_THAT(verified(with(text, "192.0.2.7", "192.0.2.8")), HasSubstr("login or address of row 1 was changed"));
    EXPECT_THAT(verified(lines(text, {1, 3, 4})), HasSubstr("row 2 is missing"));
    EXPECT_THAT(verified(lines(text, {1, 3, 2, 4})), HasSubstr("row 2 is missing"));
    EXPECT_THAT(verified(lines(text, {2, 3, 4})), HasSubstr("row 1 is missing"));
    EXPECT_THAT(verified(lines(text, {1, 2})), HasSubstr("0 2 rows fit")) << "an end that is cut is seen …";
    EXPECT_THAT(verified(lines(text, {1, 2}), with_notes()), HasSubstr("the trail was cut: 3 rows were signed"))
        << "… by a checkpoint alone";
    EXPECT_THAT(verified("{}\n"), HasSubstr("2 verify-audit: line 1"));
    EXPECT_THAT(verified("not json\n"), HasSubstr("2 verify-audit: line 1"));
}

TEST_F(ExportTest, OfAForgedCheckpointTheVerifierSaysSo) {
    add_many(actor('a', "owner"), 3);
    sign('a');
    const auto text = export_of(actor('a', "admin"));
    const auto note = read_file(folder_.path() / "sink").value();
    EXPECT_THAT(verified(text, with_notes(with(note, "\n3\n", "\n2\n"))), HasSubstr("a checkpoint was altered"));
    EXPECT_THAT(verified(text, with_notes("nonsense\n")), HasSubstr("is no checkpoint of an audit trail"));
    auto others = with_notes();
    others.back() = crypto::note_verifier(kName, crypto::SigningKey::generate().public_key());
    EXPECT_THAT(verified(text, others), HasSubstr("bears no signature of a key that was given"));
    // A chain that was made anew, hashes and all, and does not have the root that was signed.
    admin(fmt::format(
        "UPDATE platform.audit_log SET via = 'x' WHERE sequence = 3; UPDATE platform.audit_log AS l SET hash = "
        "platform.audit_row_hash(l) WHERE sequence = 3"
    ));
    const auto anew = lines(export_of(actor('a', "admin")), {1, 2, 3});
    EXPECT_THAT(verified(anew), HasSubstr("0 3 rows fit"));
    EXPECT_THAT(verified(anew, with_notes()), HasSubstr("rows up to 3 are not those that were signed"));
}

TEST_F(ExportTest, KeepsOrganizationsApart) {
    add_many(actor('a', "owner"), 1);
    add_many(actor('b', "owner"), 1);
    const auto theirs = export_of(actor('b', "owner"));
    EXPECT_THAT(theirs, Not(HasSubstr(organization('a'))));
    EXPECT_THAT(
        verified(lines(export_of(actor('a', "owner")), {1}) + lines(theirs, {2})),
        HasSubstr("is of another organization")
    );
    const auto refused =
        export_rows(*store_, actor('a', "owner").in(organization('b')), {}, [](auto) { return Result<>{}; }, limits());
    EXPECT_EQ(refused.error().code, ErrorCode::permission_denied);
}

TEST_F(ExportTest, LeavesPersonalDataOutAndCanStillBeVerified) {
    add_many(actor('a', "owner"), 2);
    const auto text = export_of(actor('a', "admin"), {.personal_data = false});
    EXPECT_THAT(text, Not(HasSubstr("192.0.2.7")));
    EXPECT_THAT(text, Not(HasSubstr("Straße")));
    EXPECT_THAT(text, Not(HasSubstr("salt")));
    EXPECT_EQ(verified(text), "0 3 rows fit\n");
}

TEST_F(ExportTest, FiltersAndTheVerifierChecksEachLine) {
    add_many(actor('a', "owner"), 2);
    ASSERT_TRUE(add(actor('a', "viewer"), {.action = "session.opened"}));
    add_many(actor('a', "owner"), 1);
    const auto text = export_of(actor('a', "admin"), {.filter = {.action = "database."}});
    EXPECT_EQ(verified(text, {"--filtered"}), "0 3 rows fit\n");
    EXPECT_THAT(verified(text), HasSubstr("row 3 is missing"));
    EXPECT_THAT(
        verified(with(text, "database.changed", "database.tested"), {"--filtered"}), HasSubstr("row 1 was changed")
    );
    EXPECT_THAT(verified(lines(text, {2, 1}), {"--filtered"}), HasSubstr("1 NOT WHOLE"));
}

class ListTest : public ExportTest {
protected:
    std::string sequences(const Filter& filter, std::string_view cursor = "", int most = 100) {
        const auto page = list(*store_, actor('a', "admin"), filter, cursor, most, limits());
        if (!page) return page.error().message;
        std::string text;
        for (const auto& line : page->lines) text += fmt::format("{} ", line.sequence);
        return text + (page->next.empty() ? "" : "> " + page->next);
    }
};

TEST_F(ListTest, GivesTheNewestFirstPageByPage) {
    add_many(actor('a', "owner"), 5);
    add_many(actor('b', "owner"), 2);
    EXPECT_EQ(sequences({}, "", 2), "5 4 > 4");
    add_many(actor('a', "owner"), 1);
    EXPECT_EQ(sequences({}, "4", 2), "3 2 > 2") << "what is new moves nothing";
    EXPECT_EQ(sequences({}, "2", 2), "1 ");
    EXPECT_EQ(sequences({}, "1", 2), "");
    for (const auto* const broken : {"x", "0", "-1", "1x", "99999999999999999999"}) {
        EXPECT_THAT(sequences({}, broken), HasSubstr("cursor")) << broken;
    }
}

TEST_F(ListTest, FiltersByWhatWhoWhenAndObject) {
    add_many(actor('a', "owner"), 2);
    ASSERT_TRUE(add(actor('a', "viewer"), {.action = "session.opened", .outcome = Outcome::denied}));
    const auto middle = value(
        admin_,
        fmt::format(
            "SELECT to_char(occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') FROM "
            "platform.audit_log WHERE {} AND sequence = 2",
            chain('a')
        )
    );
    EXPECT_EQ(sequences({.action = "session.opened"}), "3 ");
    EXPECT_EQ(sequences({.action = "session."}), "3 ");
    EXPECT_EQ(sequences({.action = "session"}), "");
    EXPECT_EQ(sequences({.user_id = user('a', "owner")}), "2 1 ");
    EXPECT_EQ(sequences({.object_type = "database", .object_id = id('a', 17)}), "2 1 ");
    EXPECT_EQ(sequences({.outcome = "denied"}), "3 ");
    EXPECT_EQ(sequences({.from = middle}), "3 2 ");
    EXPECT_EQ(sequences({.before = middle}), "1 ");
    EXPECT_EQ(sequences({.from = middle, .action = "database."}, "3"), "2 ");
    EXPECT_THAT(sequences({.from = "yesterdayish"}), HasSubstr("not in the form"));
    EXPECT_THAT(sequences({.user_id = "1' OR true"}), HasSubstr("not in the form"));
    EXPECT_EQ(list(*store_, actor('a', "member"), {}, "", 10, limits()).error().code, ErrorCode::permission_denied);
}

TEST_F(ListTest, TellsWhoByTheirPresentName) {
    add_many(actor('a', "owner"), 1);
    const auto page = list(*store_, actor('a', "admin"), {}, "", 10, limits());
    ASSERT_TRUE(page);
    const auto& line = page->lines.at(0);
    EXPECT_EQ(line.user_name, "1@a.example");
    EXPECT_EQ(line.object_name, "Straße \"0\"");
    EXPECT_THAT(line.details, HasSubstr(R"("from": 0)"));
    EXPECT_EQ(line.hash.size(), 64U);
}

}  // namespace
}  // namespace drydock::audit
