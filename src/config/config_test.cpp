#include "config/config.h"

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace drydock::config {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::HasSubstr;

class ConfigTest : public testing::Test {
protected:
    ConfigTest() {
        std::string name = (fs::temp_directory_path() / "drydock-config-XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
        options_.working_directory = folder_;
        options_.user_id = 1000;
        options_.environment = [this](std::string_view name_) -> std::optional<std::string> {
            const auto found = environment_.find(name_);
            if (found == environment_.end()) return std::nullopt;
            return found->second;
        };
    }
    ~ConfigTest() override { fs::remove_all(folder_); }

    void write(const std::string& name, std::string_view text) const {
        fs::create_directories((folder_ / name).parent_path());
        std::ofstream{folder_ / name} << text;
    }
    std::string in_folder(const std::string& name) const { return (folder_ / name).string(); }

    Settings load() const {
        auto loaded = Settings::load(options_);
        EXPECT_TRUE(loaded) << loaded.error().message << " " << loaded.error().place.label();
        return loaded ? *std::move(loaded) : Settings{};
    }
    Error error() const {
        auto loaded = Settings::load(options_);
        EXPECT_FALSE(loaded);
        return loaded ? Error{} : std::move(loaded).error();
    }
    Error error_of_file(std::string_view text) const {
        write("drydock.toml", text);
        return error();
    }

    fs::path folder_;
    std::map<std::string, std::string, std::less<>> environment_;
    LoadOptions options_;
};

TEST_F(ConfigTest, without_any_file_all_settings_are_defaults) {
    const auto settings_now = load();
    EXPECT_EQ(settings_now.text("dir"), in_folder("migrations"));
    EXPECT_EQ(settings_now.text("project"), "main");
    EXPECT_EQ(settings_now.duration("migrate.lock_timeout"), 3s);
    EXPECT_EQ(settings_now.duration("migrate.statement_timeout"), 0ms);
    EXPECT_EQ(settings_now.duration("migrate.lock_wait"), 5min);
    EXPECT_EQ(settings_now.count("migrate.lock_retries"), 10);
    EXPECT_FALSE(settings_now.flag("migrate.durable_each"));
    EXPECT_EQ(settings_now.text("migrate.late"), "warn");
    EXPECT_FALSE(settings_now.given("database_url"));
    EXPECT_EQ(settings_now.value("dir").origin, "default");
    EXPECT_FALSE(settings_now.file());
}

TEST_F(ConfigTest, each_layer_is_stronger_than_the_one_before_and_leaves_its_origin) {
    EXPECT_EQ(load().value("migrate.lock_timeout").origin, "default");

    write("drydock.toml", "\n[migrate]\nlock_timeout = \"4s\"\n");
    EXPECT_EQ(load().duration("migrate.lock_timeout"), 4s);
    EXPECT_EQ(load().value("migrate.lock_timeout").origin, "drydock.toml:3");

    write("drydock.toml", "[migrate]\nlock_timeout = \"4s\"\n[env.prod.migrate]\nlock_timeout = \"5s\"\n");
    EXPECT_EQ(load().duration("migrate.lock_timeout"), 4s);
    options_.options["env"] = "prod";
    EXPECT_EQ(load().duration("migrate.lock_timeout"), 5s);
    EXPECT_EQ(load().value("migrate.lock_timeout").origin, "drydock.toml:4");

    write(".env", "# local\nDRYDOCK_MIGRATE_LOCK_TIMEOUT=6s\n");
    EXPECT_EQ(load().duration("migrate.lock_timeout"), 6s);
    EXPECT_EQ(load().value("migrate.lock_timeout").origin, ".env:2");

    environment_["DRYDOCK_MIGRATE_LOCK_TIMEOUT"] = "7s";
    EXPECT_EQ(load().duration("migrate.lock_timeout"), 7s);
    EXPECT_EQ(load().value("migrate.lock_timeout").origin, "environment DRYDOCK_MIGRATE_LOCK_TIMEOUT");

    options_.options["migrate.lock_timeout"] = "8s";
    EXPECT_EQ(load().duration("migrate.lock_timeout"), 8s);
    EXPECT_EQ(load().value("migrate.lock_timeout").origin, "option --lock-timeout");
    EXPECT_TRUE(load().given("migrate.lock_timeout"));
}

TEST_F(ConfigTest, an_empty_variable_counts_as_not_set) {
    write("drydock.toml", "project = \"shop\"\n");
    write(".env", "DRYDOCK_PROJECT=\n");
    environment_["DRYDOCK_PROJECT"] = "";
    EXPECT_EQ(load().text("project"), "shop");
}

TEST_F(ConfigTest, an_environment_of_the_file_changes_only_what_it_names) {
    write(
        "drydock.toml",
        "dir = \"db\"\nproject = \"shop\"\n[env.stage]\nproject = \"stage\"\n[env.prod]\nlayout = \"native\"\n"
    );
    environment_["DRYDOCK_ENV"] = "stage";
    const auto settings_now = load();
    EXPECT_EQ(settings_now.text("project"), "stage");
    EXPECT_EQ(settings_now.text("dir"), in_folder("db"));
    EXPECT_EQ(settings_now.text("layout"), "auto");
    EXPECT_EQ(settings_now.text("env"), "stage");
}

TEST_F(ConfigTest, an_environment_the_file_does_not_have_is_refused) {
    write("drydock.toml", "[env.production]\nproject = \"x\"\n");
    options_.options["env"] = "prodution";
    EXPECT_THAT(error().message, HasSubstr("there is no environment \"prodution\""));
    EXPECT_EQ(error().hint, "did you mean \"production\"?");
}

TEST_F(ConfigTest, a_variable_names_an_environment_freely_where_the_file_lists_none) {
    environment_["DRYDOCK_ENV"] = "test";
    EXPECT_EQ(load().text("env"), "test");
    options_.options["env"] = "test";
    EXPECT_EQ(error().code, ErrorCode::invalid_argument);
}

TEST_F(ConfigTest, an_unknown_key_is_refused_with_its_place_and_a_suggestion) {
    const auto problem = error_of_file("dir = \"db\"\n\n[migrate]\n  lock_timout = \"4s\"\n");
    EXPECT_EQ(problem.code, ErrorCode::invalid_argument);
    EXPECT_EQ(problem.message, "there is no setting \"migrate.lock_timout\"");
    EXPECT_EQ(problem.hint, "did you mean lock_timeout in [migrate]?");
    EXPECT_EQ(problem.place.label(), "drydock.toml:4:3");
    EXPECT_EQ(problem.place.excerpt(), "      lock_timout = \"4s\"\n      ^");
}

TEST_F(ConfigTest, a_key_in_the_wrong_section_is_shown_its_section) {
    EXPECT_EQ(error_of_file("lock_timeout = \"4s\"\n").hint, "did you mean lock_timeout in [migrate]?");
}

TEST_F(ConfigTest, unknown_sections_and_unknown_keys_of_environments_not_chosen_are_refused_too) {
    EXPECT_EQ(error_of_file("[migrat]\n").message, "there is no setting \"migrat\"");
    EXPECT_EQ(error_of_file("[env.prod]\nprojct = \"x\"\n").place.line, 2U);
    EXPECT_THAT(error_of_file("env = \"prod\"\n").hint, HasSubstr("--env"));
    EXPECT_THAT(error_of_file("migrate = 3\n").message, HasSubstr("is a section"));
    EXPECT_THAT(error_of_file("[dir]\n").message, HasSubstr("not a section"));
}

TEST_F(ConfigTest, a_value_of_the_wrong_type_is_refused_with_its_place) {
    EXPECT_EQ(error_of_file("dir = 3\n").message, "dir must be a text in quotes");
    EXPECT_EQ(error_of_file("dir = 3\n").place.label(), "drydock.toml:1:7");
    EXPECT_EQ(error_of_file("[migrate]\nlock_retries = \"3\"\n").place.label(), "drydock.toml:2:16");
    EXPECT_THAT(error_of_file("[migrate]\nlock_retries = -1\n").message, HasSubstr("\"-1\" is not a whole number"));
    EXPECT_THAT(error_of_file("[migrate]\ndurable_each = \"yes\"\n").message, HasSubstr("true or false"));
    EXPECT_THAT(error_of_file("[migrate]\nlock_timeout = \"4 fortnights\"\n").hint, HasSubstr("500ms, 3s"));
    EXPECT_THAT(error_of_file("[migrate]\nlate = \"wran\"\n").hint, HasSubstr("did you mean \"warn\"?"));
    EXPECT_THAT(error_of_file("dir = [\"a\"]\n").message, HasSubstr("must be a text"));
    EXPECT_THAT(error_of_file("dir = \n").message, HasSubstr("this is not TOML"));
}

TEST_F(ConfigTest, a_bad_value_of_a_variable_or_an_option_names_it) {
    environment_["DRYDOCK_MIGRATE_LOCK_RETRIES"] = "many";
    EXPECT_THAT(error().message, HasSubstr("DRYDOCK_MIGRATE_LOCK_RETRIES: "));
    environment_.clear();
    options_.options["migrate.lock_timeout"] = "nan";
    EXPECT_THAT(error().message, HasSubstr("--lock-timeout: "));
    options_.options = {{"nonsense", "1"}};
    EXPECT_THAT(error().message, HasSubstr("nonsense"));
}

TEST_F(ConfigTest, an_error_never_shows_a_line_with_a_password) {
    const auto problem = error_of_file("database_url = \"postgresql://u:hunter2@h/d\" x\n");
    EXPECT_EQ(problem.place.line, 1U);
    EXPECT_EQ(problem.place.text, "");
    EXPECT_THAT(problem.message, testing::Not(HasSubstr("hunter2")));
    write("drydock.toml", "");
    write(".env", "PASSWORD='hunter2\n");
    EXPECT_EQ(error().place.label(), ".env:1:10");
    EXPECT_EQ(error().place.text, "");
}

TEST_F(ConfigTest, a_file_that_was_asked_for_must_exist_and_its_folder_is_the_project) {
    options_.file = "deploy/other.toml";
    EXPECT_EQ(error().code, ErrorCode::not_found);
    write("deploy/other.toml", "dir = \"sql\"\n");
    write("deploy/.env", "DATABASE_URL=postgresql://h/d\n");
    EXPECT_EQ(load().text("dir"), in_folder("deploy/sql"));
    EXPECT_EQ(load().value("database_url").origin, in_folder("deploy/.env") + ":1");
    options_.options["dir"] = "here";
    EXPECT_EQ(load().text("dir"), in_folder("here"));
    options_.file.clear();
    environment_["DRYDOCK_CONFIG"] = "deploy/other.toml";
    options_.options.clear();
    EXPECT_EQ(load().text("dir"), in_folder("deploy/sql"));
}

TEST_F(ConfigTest, a_path_may_start_in_the_home_folder) {
    environment_["HOME"] = "/home/ada";
    write("drydock.toml", "dir = \"~/sql\"\n");
    EXPECT_EQ(load().text("dir"), "/home/ada/sql");
}

TEST_F(ConfigTest, the_data_folder_defaults_by_user) {
    environment_["HOME"] = "/home/ada";
    EXPECT_EQ(load().text("data_dir"), "/home/ada/.local/share/drydock");
    environment_["XDG_DATA_HOME"] = "/data";
    EXPECT_EQ(load().text("data_dir"), "/data/drydock");
    options_.user_id = 0;
    EXPECT_EQ(load().text("data_dir"), "/var/lib/drydock");
    EXPECT_FALSE(load().given("data_dir"));
    environment_["DRYDOCK_DATA_DIR"] = "/srv/pg";
    EXPECT_EQ(load().text("data_dir"), "/srv/pg");
}

TEST_F(ConfigTest, placeholders_come_from_the_environment_then_dotenv_then_the_file) {
    write("drydock.toml", "[placeholders]\nA = \"1\"\nB = \"2\"\nC = \"3\"\n[env.prod.placeholders]\nC = \"4\"\n");
    write(".env", "A=from dotenv\nB=from dotenv\n");
    environment_["A"] = "from environment";
    environment_["ELSE"] = "undeclared";
    options_.options["env"] = "prod";
    const auto settings_now = load();
    EXPECT_EQ(settings_now.placeholder("A")->text, "from environment");
    EXPECT_EQ(settings_now.placeholder("B")->origin, ".env:2");
    EXPECT_EQ(settings_now.placeholder("C")->text, "4");
    EXPECT_EQ(settings_now.placeholder("ELSE")->text, "undeclared");
    EXPECT_FALSE(settings_now.placeholder("NOBODY"));
    const std::map<std::string, std::string> all{{"A", "from environment"}, {"B", "from dotenv"}, {"C", "4"}};
    EXPECT_EQ(settings_now.placeholders(), all);
}

TEST_F(ConfigTest, a_placeholder_must_have_a_name_and_a_text) {
    EXPECT_THAT(error_of_file("[placeholders]\n\"a b\" = \"x\"\n").message, HasSubstr("can't name a placeholder"));
    EXPECT_THAT(error_of_file("[placeholders]\nA = 3\n").message, HasSubstr("must be a text in quotes"));
}

TEST_F(ConfigTest, the_parts_of_an_address_make_a_url_with_special_characters_encoded) {
    environment_["PORTAL_DB_HOST"] = "db.example.com";
    environment_["PORTAL_DB_PORT"] = "6432";
    environment_["PORTAL_DB_NAME"] = "por/tal";
    environment_["PORTAL_DB_USER"] = "o'brien@eu";
    environment_["PORTAL_DB_PASSWORD"] = "p@ss:w/rd?#ü %";
    const auto settings_now = load();
    EXPECT_EQ(
        settings_now.text("database_url"),
        "postgresql://o%27brien%40eu:p%40ss%3Aw%2Frd%3F%23%C3%BC%20%25@db.example.com:6432/por%2Ftal"
    );
    EXPECT_EQ(settings_now.value("database_url").origin, "environment PORTAL_DB_HOST");
    EXPECT_TRUE(settings_now.given("database_url"));
}

TEST_F(ConfigTest, hosts_that_are_addresses_or_socket_folders_keep_their_meaning_in_the_url) {
    environment_["PORTAL_DB_HOST"] = "::1";
    environment_["PORTAL_DB_NAME"] = "d";
    EXPECT_EQ(load().text("database_url"), "postgresql://[::1]:5432/d");
    environment_["PORTAL_DB_HOST"] = "/run/postgresql";
    EXPECT_EQ(load().text("database_url"), "postgresql://%2Frun%2Fpostgresql:5432/d");
}

TEST_F(ConfigTest, a_whole_address_wins_over_parts_of_the_same_or_a_weaker_layer) {
    environment_["PORTAL_DB_HOST"] = "parts";
    environment_["DATABASE_URL"] = "postgresql://whole/d";
    EXPECT_EQ(load().text("database_url"), "postgresql://whole/d");
    environment_.erase("DATABASE_URL");
    write("drydock.toml", "database_url = \"postgresql://whole/d\"\n");
    EXPECT_EQ(load().text("database_url"), "postgresql://parts:5432/");
    options_.options["database_url"] = "postgresql://option/d";
    EXPECT_EQ(load().text("database_url"), "postgresql://option/d");
}

TEST_F(ConfigTest, database_ssl_becomes_the_sslmode_of_an_address_that_has_none) {
    environment_["DATABASE_URL"] = "postgresql://h/d";
    environment_["DATABASE_SSL"] = "true";
    EXPECT_EQ(load().text("database_url"), "postgresql://h/d?sslmode=require");
    environment_["DATABASE_SSL"] = "false";
    EXPECT_EQ(load().text("database_url"), "postgresql://h/d?sslmode=disable");
    environment_["DATABASE_SSL"] = "verify-full";
    environment_["DATABASE_URL"] = "postgresql://h/d?application_name=x";
    EXPECT_EQ(load().text("database_url"), "postgresql://h/d?application_name=x&sslmode=verify-full");
    environment_["DATABASE_URL"] = "host=h dbname=d";
    EXPECT_EQ(load().text("database_url"), "host=h dbname=d sslmode=verify-full");
    environment_["DATABASE_URL"] = "postgresql://h/d?sslmode=prefer";
    EXPECT_EQ(load().text("database_url"), "postgresql://h/d?sslmode=prefer");
}

TEST_F(ConfigTest, a_connection_timeout_without_a_unit_is_milliseconds) {
    environment_["DATABASE_CONNECTION_TIMEOUT"] = "2500";
    EXPECT_EQ(load().duration("connect_timeout"), 2500ms);
    environment_["DRYDOCK_CONNECT_TIMEOUT"] = "4s";
    EXPECT_EQ(load().duration("connect_timeout"), 4s);
}

TEST_F(ConfigTest, the_lines_for_people_hold_every_setting_and_no_secret) {
    write("drydock.toml", "[placeholders]\nROLE = \"app\"\nAPI_KEY = \"hunter2\"\nFROM_OUTSIDE = \"x\"\n");
    environment_["FROM_OUTSIDE"] = "hunter2";
    environment_["DATABASE_URL"] = "postgresql://ada:hunter2@h/d";
    environment_["PORTAL_DB_PASSWORD"] = "hunter2";
    std::map<std::string, std::string> shown_lines;
    for (const auto& line : load().lines()) {
        shown_lines[line.key] = line.text;
        EXPECT_THAT(line.text, testing::Not(HasSubstr("hunter2"))) << line.key;
        EXPECT_NE(line.origin, "") << line.key;
    }
    EXPECT_EQ(shown_lines.size(), settings().size() + 3);
    EXPECT_EQ(shown_lines["database_url"], "postgresql://ada:********@h/d");
    EXPECT_EQ(shown_lines["database.password"], "********");
    EXPECT_EQ(shown_lines["placeholders.ROLE"], "app");
}

}  // namespace
}  // namespace drydock::config
