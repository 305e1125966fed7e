#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "app/server_pgtest.h"
#include "base/files.h"
#include "base/wait.h"
#include "testing/surroundings.h"

// A new master key in the key file of servers that answer meanwhile.
namespace drydock::app {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kNextKey = "k2 3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3";

const testing::TempFolder& folder() {
    static const testing::TempFolder made;
    return made;
}
std::filesystem::path key_file() {
    return folder().path() / "master.key";
}
void write_keys(std::string_view text) {
    ASSERT_TRUE(write_file(key_file(), std::string{text} + "\n", 0600));
}

void from_file(ServeOptions& options) {
    write_keys(kMasterKey);
    options.keys.text = {};
    options.keys.file = key_file();
}

class KeyReloadTest : public ServerTest {
protected:
    KeyReloadTest() : ServerTest(from_file) {
        build_world();
        main_ = sql(fmt::format("SELECT id FROM platform.databases WHERE project_id = '{}'", project_of('a')));
    }
    static Limits limits() { return Limits::within(kTime); }
    std::unique_ptr<Server> another() {
        auto options = test_options(database_.conninfo());
        options.keys.text = {};
        options.keys.file = key_file();
        options.job_workers = 0;  // so that what it knows of keys it has found out by itself
        return start_server(std::move(options));
    }
    bool comes_to(std::string_view query, std::string_view expected) {
        const auto until = limits();
        do {
            if (sql(query) == expected) return true;
        } while (pause(std::chrono::milliseconds{50}, until));
        return false;
    }
    std::string main_;
};

TEST_F(KeyReloadTest, TakesANewMasterKeyWhileRequestsGoOnAndNoneFails) {
    const auto other = another();
    const auto member = token('a', "member");
    std::atomic<bool> end = false;
    std::atomic<int> answers = 0;
    std::vector<std::string> wrong;
    std::mutex mutex;
    const auto traffic = [&](std::uint16_t port) {
        while (!end) {
            const auto answer = ask_port(
                port, {.method = Method::post, .target = "/api/v2/databases/" + main_ + "/test", .token = member}
            );
            if (answer.status == 200 && answer.at("success") == json::value(true)) {
                ++answers;
                continue;
            }
            const std::lock_guard lock{mutex};
            wrong.push_back(answer.body);
        }
    };
    {
        std::vector<std::jthread> clients;
        clients.emplace_back(traffic, port_);
        clients.emplace_back(traffic, port_of(*other));
        write_keys(fmt::format("{}\n{}", kMasterKey, kNextKey));
        const auto taken = server_->reload_keys(limits());
        EXPECT_TRUE(taken) << taken.error().message << taken.error().detail;
        EXPECT_TRUE(comes_to("SELECT string_agg(DISTINCT master_key_id, ' ') FROM platform.data_keys", "k2"));
        // Nobody has told the other server of it.
        const auto seen = answers.load();
        const auto until = limits();
        while (answers < seen + 20 && pause(std::chrono::milliseconds{20}, until)) {
        }
        end = true;
    }
    EXPECT_TRUE(wrong.empty()) << wrong.front();
    EXPECT_TRUE(comes_to("SELECT string_agg(id, ' ') FROM platform.master_keys", "k2")) << "the former is not needed";
    EXPECT_EQ(sql("SELECT string_agg(DISTINCT master_key_id, ' ') FROM platform.sealing_keys"), "k2");
    // And it can go from the file.
    write_keys(kNextKey);
    const auto without = server_->reload_keys(limits());
    EXPECT_TRUE(without) << without.error().message;
    const auto project =
        ask(Method::post, "/api/v2/projects", token('a', "owner"), json::object{{"slug", "later"}, {"name", "Later"}});
    ASSERT_EQ(project.status, 201U) << project.body;
    const json::object registration{
        {"project_id", project.text("id")}, {"name", "x"}, {"connection_string", "postgresql://u:p@db.example/d"}
    };
    EXPECT_EQ(ask(Method::post, "/api/v2/databases", token('a', "owner"), registration).status, 201U);
}

TEST_F(KeyReloadTest, KeepsTheKeysInUseWhereTheNewFileIsNoGood) {
    const auto other_k1 = fmt::format("k1 {}", kNextKey.substr(3));
    for (const auto& [text, why] : {
             std::pair{std::string{"no key"}, "master.key"},
             std::pair{std::string{kNextKey}, "k1 is in use and was not given"},
             std::pair{other_k1, "k1 that was loaded is another one"},
         }) {
        write_keys(text);
        const auto refused = server_->reload_keys(limits());
        ASSERT_FALSE(refused) << text;
        EXPECT_THAT(refused.error().message, HasSubstr(why));
        EXPECT_EQ(ask(Method::post, "/api/v2/databases/" + main_ + "/test", token('a', "member")).status, 200U);
        EXPECT_EQ(sql("SELECT string_agg(id, ' ') FROM platform.master_keys"), "k1") << "nothing is noted of it";
    }
    write_keys(kMasterKey);
    ASSERT_EQ(::chmod(key_file().c_str(), 0644), 0);
    EXPECT_FALSE(server_->reload_keys(limits())) << "others can read it";
}

}  // namespace
}  // namespace drydock::app
