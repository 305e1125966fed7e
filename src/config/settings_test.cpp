#include "config/settings.h"

#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "base/files.h"
#include "config/check.h"

namespace drydock::config {
namespace {

TEST(SettingsTest, every_key_option_and_variable_is_there_once) {
    std::set<std::string_view> seen;
    std::set<std::string> options;
    for (const auto& setting : settings()) {
        EXPECT_TRUE(seen.insert(setting.key).second) << setting.key;
        EXPECT_FALSE(setting.description.empty()) << setting.key;
        if (!setting.option.empty()) {
            // A command takes the options of its own section and those of no section.
            const auto section = setting.key.substr(0, setting.key.find('.') + 1);
            EXPECT_TRUE(options.insert(std::string{section} + std::string{setting.option}).second) << setting.option;
            EXPECT_TRUE(section.empty() || !options.contains(std::string{setting.option})) << setting.option;
        }
        for (const auto variable : setting.environment) {
            if (!variable.empty()) {
                EXPECT_TRUE(seen.insert(variable).second) << variable;
            }
        }
        EXPECT_EQ(setting.type == Type::choice, !setting.choices[0].empty()) << setting.key;
    }
}

TEST(SettingsTest, every_default_is_a_good_value) {
    for (const auto& setting : settings()) {
        const bool may_be_unset = setting.type == Type::text || setting.type == Type::path ||
                                  setting.type == Type::choice || setting.type == Type::list;
        if (setting.fallback.empty()) {
            EXPECT_TRUE(may_be_unset) << setting.key;
        } else {
            EXPECT_EQ(checked(setting, setting.fallback).value_or("?"), setting.fallback) << setting.key;
        }
    }
}

TEST(SettingsTest, flags_and_choices_are_read_in_any_usual_spelling) {
    const auto& flag = *find_setting("migrate.durable_each");
    for (const std::string_view yes : {"true", "ON", "Yes", "1", " true "})
        EXPECT_EQ(checked(flag, yes).value(), "true");
    for (const std::string_view no : {"false", "OFF", "No", "0"}) EXPECT_EQ(checked(flag, no).value(), "false");
    EXPECT_FALSE(checked(flag, "2"));
    EXPECT_FALSE(checked(flag, ""));
    EXPECT_EQ(checked(*find_setting("database_ssl"), "TRUE").value(), "true");
}

TEST(SettingsTest, counts_and_durations_refuse_what_is_not_one) {
    for (const std::string_view bad : {"", "-1", "1.5", "1x", "99999999999999999999", "0x10"}) {
        EXPECT_FALSE(checked(*find_setting("migrate.lock_retries"), bad)) << bad;
    }
    for (const std::string_view bad : {"", "-1s", "nan", "inf", "s", "3 fortnights", "1e99"}) {
        EXPECT_FALSE(checked(*find_setting("migrate.lock_timeout"), bad)) << bad;
    }
}

TEST(MaskTest, the_password_of_a_url_is_hidden_also_when_it_was_not_encoded) {
    EXPECT_EQ(masked("postgresql://u:p@h:5432/d?sslmode=require"), "postgresql://u:********@h:5432/d?sslmode=require");
    EXPECT_EQ(masked("postgresql://u@h/d"), "postgresql://u@h/d");
    EXPECT_EQ(masked("postgresql://h:5432/d"), "postgresql://h:5432/d");
    EXPECT_EQ(masked("postgresql://h:5432/d?options=a@b"), "postgresql://h:5432/d?options=a@b");
    EXPECT_EQ(masked("postgresql://u:a@b/c@h/d"), "postgresql://u:********@h/d");
    EXPECT_EQ(masked("postgresql://u:a/b@h/d"), "postgresql://u:********@h/d");
    EXPECT_EQ(masked("postgresql://u:a?b@h/d"), "postgresql://u:********@h/d");
    EXPECT_EQ(masked("redis://:p@h"), "redis://:********@h");
    EXPECT_EQ(masked("postgresql://h/d?user=u&password=p&x=y"), "postgresql://h/d?user=u&password=********&x=y");
}

TEST(MaskTest, the_password_of_keywords_is_hidden_also_in_quotes) {
    EXPECT_EQ(masked("host=h password=p dbname=d"), "host=h password=******** dbname=d");
    EXPECT_EQ(masked("password = 'a \\' b' user=u"), "password = ******** user=u");
    EXPECT_EQ(masked("password='open"), "password=********");
    EXPECT_EQ(masked("sslpassword=p PASSWORD=q"), "sslpassword=******** PASSWORD=********");
    EXPECT_EQ(masked("password"), "password");
    EXPECT_EQ(masked("password="), "password=********");
    EXPECT_EQ(masked("plain text"), "plain text");
}

TEST(MaskTest, a_secret_that_is_no_address_is_hidden_whole) {
    EXPECT_EQ(shown(*find_setting("database.password"), "a://b"), "********");
    EXPECT_EQ(shown(*find_setting("database_url"), "typo"), "********");
    EXPECT_EQ(shown(*find_setting("database_url"), ""), "");
    EXPECT_EQ(shown(*find_setting("dir"), "migrations"), "migrations");
}

TEST(DocumentationTest, the_page_of_settings_is_what_the_table_says) {
    // UPDATE_DOCS=1 in the environment writes it.
    const auto page = std::filesystem::path{__FILE__}.parent_path() / "../../docs/configuration.md";
    if (std::getenv("UPDATE_DOCS") != nullptr) {
        ASSERT_TRUE(write_file(page, markdown()));
    }
    const auto committed = read_file(page);
    ASSERT_TRUE(committed) << committed.error().message;
    EXPECT_EQ(*committed, markdown()) << "run this test with UPDATE_DOCS=1";
}

}  // namespace
}  // namespace drydock::config
