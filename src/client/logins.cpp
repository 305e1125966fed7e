#include "client/logins.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/files.h"

namespace drydock::client {
namespace {

namespace json = boost::json;

std::string text_of(const json::object& object, std::string_view key) {
    const auto* const value = object.if_contains(key);
    const auto* const text = value != nullptr ? value->if_string() : nullptr;
    return text != nullptr ? std::string{text->begin(), text->end()} : std::string{};
}

Result<json::object> read_all(const std::filesystem::path& file) {
    std::error_code ignored;
    if (!std::filesystem::exists(file, ignored)) return json::object{};
    DRYDOCK_TRY(const auto text, read_file(file));
    json::error_code error;
    auto value = json::parse(text, error);
    if (!error && value.is_object()) return value.as_object();
    return Error{
        .code = ErrorCode::invalid_argument,
        .message = fmt::format("{} is not what `drydock login` writes", file.string()),
        .hint = "Remove the file and log in again.",
    };
}

Result<> write_all(const std::filesystem::path& file, const json::object& all) {
    std::error_code error;
    const auto folder = file.parent_path();
    if (!std::filesystem::exists(folder, error)) {
        std::filesystem::create_directories(folder, error);
        if (error) return file_error("making", folder, error.value());
        std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
    }
    return write_file(file, json::serialize(all) + "\n", 0600);
}

}  // namespace

std::filesystem::path Logins::default_file() {
    if (const char* const config = std::getenv("XDG_CONFIG_HOME"); config != nullptr && *config == '/')
        return std::filesystem::path{config} / "drydock" / "logins.json";
    const char* const home = std::getenv("HOME");
    return std::filesystem::path{home != nullptr ? home : "."} / ".config" / "drydock" / "logins.json";
}

Result<std::optional<Login>> Logins::find(const std::string& server) const {
    DRYDOCK_TRY(const auto all, read_all(file_));
    const auto* const found = all.if_contains(server);
    if (found == nullptr || !found->is_object()) return std::optional<Login>{};
    const auto& object = found->as_object();
    return std::optional{Login{
        .access_token = Secret{text_of(object, "access_token")},
        .refresh_token = Secret{text_of(object, "refresh_token")},
        .email = text_of(object, "email"),
        .organization = text_of(object, "organization"),
    }};
}

Result<> Logins::keep(const std::string& server, const Login& login) {
    DRYDOCK_TRY(auto all, read_all(file_));
    all[server] = json::object{
        {"access_token", login.access_token.reveal()},
        {"refresh_token", login.refresh_token.reveal()},
        {"email", login.email},
        {"organization", login.organization},
    };
    return write_all(file_, all);
}

Result<> Logins::forget(const std::string& server) {
    DRYDOCK_TRY(auto all, read_all(file_));
    if (all.erase(server) == 0) return {};
    return write_all(file_, all);
}

Logins::Lock::~Lock() {
    if (fd_ >= 0) ::close(fd_);
}

Result<Logins::Lock> Logins::lock() const {
    std::error_code ignored;
    std::filesystem::create_directories(file_.parent_path(), ignored);
    const auto path = file_.string() + ".lock";
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return file_error("opening", path, errno);
    Lock held{fd};
    while (::flock(fd, LOCK_EX) != 0) {
        if (errno != EINTR) return file_error("locking", path, errno);
    }
    return held;
}

}  // namespace drydock::client
