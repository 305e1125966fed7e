#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/private_folder.h"
#include "base/result.h"
#include "control/store.h"

namespace drydock::changes {

// A file as it comes with a request: what a folder of migrations, or of checks, holds.
struct File {
    std::string path;  // below the folder: "012_orders.sql", "billing/013_invoices.sql"
    std::string text;
};

inline constexpr std::size_t kMostFiles = 2'000;
inline constexpr std::size_t kMostBytes = std::size_t{4} << 20;  // of all texts together

// invalid_argument, with the file: a path that leaves the folder or is odd in another way, a file that is not SQL (a
// hook that is a program is never run by a server), the same one twice, too much.
Result<> check_files(const std::vector<File>& files);
// SHA-256 over all of them, in the order of their paths.
std::string digest_of(std::vector<File> files);

// The files of a job: stored in the transaction that makes it, read by whoever runs it. invalid_argument for a job that
// was made without this.
Result<> store_files(control::Transaction& transaction, std::string_view job, const std::vector<File>& files);
Result<std::vector<File>> stored_files(
    control::Store& store, const control::Actor& actor, std::string_view job, const Limits& limits
);

// The files where the engine can read them, for as long as this lives.
class Unpacked {
public:
    static Result<Unpacked> make(const std::vector<File>& files);

    const std::filesystem::path& dir() const { return folder_.path(); }
    // For people: without the name of the folder, which is nothing of theirs.
    std::string shown(std::string text) const;
    // Without its detail, in which the server quotes rows: jobs are shown to who may not see them.
    Error shown(Error error) const;

private:
    PrivateFolder folder_;
};

}  // namespace drydock::changes
