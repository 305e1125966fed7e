#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>

#include "audit/checkpoint.h"
#include "base/files.h"
#include "base/text.h"

namespace drydock::audit {
namespace {

constexpr std::string_view kOrigin = "drydock-audit/";
constexpr std::string_view kSignature = "\u2014 ";

class Descriptor {
public:
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int number() const { return number_; }

private:
    int number_;
};

// A name that was new is safe only when the folder is.
Result<> sync_folder(const std::filesystem::path& path) {
    const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path{"."};
    const Descriptor opened{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (opened.number() < 0 || ::fsync(opened.number()) != 0) return file_error("writing", folder, errno);
    return {};
}

}  // namespace

Result<> FileSink::put(std::string_view note, const Limits&) {
    const Descriptor file{
        ::open(path_.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR | S_IRGRP)
    };
    if (file.number() < 0) return file_error("opening", path_, errno);
    struct stat status{};
    if (::fstat(file.number(), &status) != 0) return file_error("reading", path_, errno);
    std::string text;
    if (status.st_size > 0) {
        // A crash in the middle of a note must not spoil the next one.
        char last = '\n';
        if (::pread(file.number(), &last, 1, status.st_size - 1) != 1) return file_error("reading", path_, errno);
        if (last != '\n') text += '\n';
    }
    text += note;
    std::string_view rest = text;
    while (!rest.empty()) {
        const auto written = ::write(file.number(), rest.data(), rest.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return file_error("writing", path_, errno);
        rest.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fsync(file.number()) != 0) return file_error("writing", path_, errno);
    if (status.st_size == 0) return sync_folder(path_);
    return {};
}

Result<std::vector<std::string>> read_notes(const std::filesystem::path& path, std::string_view organization) {
    DRYDOCK_TRY(const auto file, MappedFile::open(path));
    const auto origin = fmt::format("{}{}", kOrigin, organization);
    std::vector<std::string> notes;
    std::string note;
    std::string_view rest = file.text();
    for (std::size_t number = 1; !rest.empty(); ++number) {
        const auto line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        // A note that was begun and not ended is what a crash left.
        if (line.starts_with(kOrigin)) note.clear();
        if (note.empty() && !line.starts_with(kOrigin)) {
            if (kOrigin.starts_with(line) && !rest.empty()) continue;
            return Error{
                .code = ErrorCode::invalid_argument,
                .message = fmt::format("{}:{} is no checkpoint of an audit trail", path.string(), number),
                .hint = "Such a file holds signed notes, one after another, and nothing else."
            };
        }
        note.append(line).append(1, '\n');
        if (!line.starts_with(kSignature)) continue;
        if (note.substr(0, note.find('\n')) == origin) notes.push_back(std::move(note));
        note.clear();
    }
    return notes;
}

}  // namespace drydock::audit
