#include "cli/arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/commands.h"
#include "cli/completion.h"

namespace drydock::cli {
namespace {

using testing::HasSubstr;

class Reading {
public:
    explicit Reading(std::vector<const char*> words) {
        declare_commands(arguments_);
        words.insert(words.begin(), "drydock");
        choice_.emplace(arguments_.read(static_cast<int>(words.size()), words.data()));
    }
    const CommonOptions& common() const { return arguments_.common(); }
    const Arguments::Choice& choice() const { return **choice_; }
    Error error() const { return *choice_ ? Error{} : choice_->error(); }
    bool good() const { return choice_->has_value(); }

private:
    Arguments arguments_;
    std::optional<Result<Arguments::Choice>> choice_;
};

TEST(Arguments, TakeCommonOptionsBeforeAndBehindTheCommand) {
    const Reading reading{{"--dir", "a", "migrate", "--env", "staging", "up", "--json", "-q", "--lock-timeout", "1s"}};
    ASSERT_TRUE(reading.good()) << reading.error().message;
    EXPECT_EQ(reading.common().settings.at("dir"), "a");
    EXPECT_EQ(reading.common().settings.at("env"), "staging");
    EXPECT_EQ(reading.common().settings.at("migrate.lock_timeout"), "1s");
    EXPECT_TRUE(reading.common().json);
    EXPECT_TRUE(reading.common().quiet);
    EXPECT_FALSE(reading.common().yes);
    EXPECT_NE(reading.choice().handler, nullptr);
}

TEST(Arguments, AnOptionOfACommandTakesThePlaceOfACommonOne) {
    const Reading help{{"db", "list", "--help"}};
    const auto& text = help.choice().answer;
    EXPECT_EQ(text.find("--project"), text.rfind("--project")) << text;
    EXPECT_THAT(text, HasSubstr("--organization"));
    const Reading reading{{"db", "list", "--project", "shop"}};
    ASSERT_TRUE(reading.good()) << reading.error().message;
    EXPECT_FALSE(reading.common().settings.contains("project")) << "that is the name of a set of migrations";
}

TEST(Arguments, SuggestTheCommandThatWasMeant) {
    const Reading noun{{"migrat", "up"}};
    EXPECT_EQ(noun.error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(noun.error().message, "drydock knows no command \"migrat\"");
    EXPECT_EQ(noun.error().hint, "did you mean migrate?");
    const Reading verb{{"migrate", "statsu"}};
    EXPECT_EQ(verb.error().hint, "did you mean status?");
}

TEST(Arguments, SuggestTheOptionThatWasMeant) {
    const Reading own{{"migrate", "up", "--only=3", "--lock-timeuot", "3s"}};
    EXPECT_EQ(own.error().message, "`drydock migrate up` knows no option --lock-timeuot");
    EXPECT_EQ(own.error().hint, "did you mean --lock-timeout?");
    const Reading common{{"migrate", "up", "--databse-url=postgresql://x"}};
    EXPECT_EQ(common.error().message, "`drydock migrate up` knows no option --databse-url");
    EXPECT_EQ(common.error().hint, "did you mean --database-url?");
}

TEST(Arguments, RefuseWhatACommandDoesNotTake) {
    const Reading reading{{"migrate", "status", "extra"}};
    EXPECT_EQ(reading.error().message, "`drydock migrate status` does not expect the argument \"extra\"");
    EXPECT_THAT(Reading({"migrate", "new"}).error().message, HasSubstr("NAME"));
    EXPECT_THAT(Reading({"migrate", "down", "-3"}).error().message, HasSubstr("-3"));
    EXPECT_THAT(Reading({"migrate", "down", "zero"}).error().message, HasSubstr("zero"));
    EXPECT_THAT(
        Reading({"migrate", "graph", "--format", "mermiad"}).error().message, HasSubstr("did you mean mermaid?")
    );
}

TEST(Arguments, KnowThatJsonIsWantedWhenTheyAreWrong) {
    const Reading reading{{"migrate", "upp", "--json"}};
    EXPECT_FALSE(reading.good());
    EXPECT_TRUE(reading.common().json);
}

TEST(Arguments, TakeTheNameOfACommandAsAnArgument) {
    const Reading reading{{"migrate", "new", "pg"}};
    EXPECT_TRUE(reading.good()) << reading.error().message;
}

TEST(Arguments, PassOnWhatIsForPsql) {
    const Reading plain{{"pg", "psql", "--data-dir", "d", "-At", "-c", "SELECT 1", "--csv"}};
    ASSERT_TRUE(plain.good()) << plain.error().message;
    EXPECT_THAT(plain.choice().rest, testing::ElementsAre("-At", "-c", "SELECT 1", "--csv"));
    EXPECT_EQ(plain.common().settings.at("data_dir"), "d");
    const Reading marked{{"pg", "psql", "--", "--help", "--", "x"}};
    ASSERT_TRUE(marked.good()) << marked.error().message;
    EXPECT_THAT(marked.choice().rest, testing::ElementsAre("--help", "--", "x"));
}

TEST(Arguments, AnswerEveryHelpWithExamplesAndCommonOptions) {
    Arguments arguments;
    declare_commands(arguments);
    for (const auto& command : arguments.describe()) {
        if (!command.commands.empty() || command.path == "version") continue;
        std::vector<std::string> words;
        std::string path = command.path + " --help";
        for (std::size_t at = 0; at != std::string::npos;) {
            const auto end = path.find(' ', at);
            words.push_back(path.substr(at, end == std::string::npos ? end : end - at));
            at = end == std::string::npos ? end : end + 1;
        }
        std::vector<const char*> argv;
        for (const auto& word : words) argv.push_back(word.c_str());
        const Reading reading{argv};
        ASSERT_TRUE(reading.good()) << command.path;
        EXPECT_EQ(reading.choice().handler, nullptr);
        EXPECT_THAT(reading.choice().answer, HasSubstr("Usage: drydock " + command.path)) << command.path;
        EXPECT_THAT(reading.choice().answer, HasSubstr("Examples:\n")) << command.path;
        EXPECT_THAT(reading.choice().answer, HasSubstr("--database-url")) << command.path;
    }
}

TEST(Arguments, WithoutAVerbAreAnsweredWithHelpAndAnError) {
    const Reading reading{{"migrate"}};
    ASSERT_TRUE(reading.good());
    EXPECT_THAT(reading.choice().answer, HasSubstr("Usage: drydock migrate"));
    EXPECT_EQ(reading.choice().exit_code, 3);
}

TEST(Completion, KnowsEveryCommandAndItsOptions) {
    Arguments arguments;
    declare_commands(arguments);
    const auto script = bash_completion(arguments.describe());
    EXPECT_THAT(script, HasSubstr("\"migrate:rollback\") at=\"migrate rollback\" ;;"));
    EXPECT_THAT(script, HasSubstr("\"pg\") commands=\"start stop status url psql\""));
    EXPECT_THAT(script, HasSubstr("--cascade"));
}

}  // namespace
}  // namespace drydock::cli
