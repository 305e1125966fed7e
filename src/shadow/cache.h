#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"
#include "pg_server/cluster_template.h"
#include "pg_server/file_lock.h"

namespace drydock::shadow {

class Shadow;

// What earlier proofs have made, by a key (lower-case hex) that is a hash of all it was made from: stopped clusters,
// the least recently used of them thrown away, and small texts. Safe for several runs at once: an entry appears whole,
// by a rename, and one that is being copied is not taken away. What is broken is thrown away and made again.
class Cache {
public:
    struct Bounds {
        std::size_t clusters = 6;
        std::uint64_t bytes = std::uint64_t{1} << 30U;
        std::size_t texts = 20'000;
    };

    // Made when it is missing. The folder is this user's alone.
    static Result<Cache> open(const std::filesystem::path& folder, const Bounds& bounds);
    static std::filesystem::path default_folder();

    // A stopped cluster and what was noted beside it. While this lives, nobody throws it away.
    struct Cluster {
        pg_server::ClusterTemplate cluster;
        std::string note;
        pg_server::FileLock use;
    };
    // nullopt: there is none, or what is there was broken and is gone now.
    Result<std::optional<Cluster>> find_cluster(std::string_view key, const Limits& limits);
    bool has_cluster(std::string_view key) const;
    // Ends the shadow's server. Nothing is saved, and nothing is wrong, where another run saves just now or the disk is
    // full.
    Result<> save_cluster(std::string_view key, Shadow& shadow, std::string_view note, const Limits& limits);
    void forget_cluster(std::string_view key);

    std::optional<std::string> find_text(std::string_view key) const;
    Result<> save_text(std::string_view key, std::string_view text);
    void forget_text(std::string_view key);

    const std::filesystem::path& folder() const { return folder_; }

private:
    Cache(std::filesystem::path folder, const Bounds& bounds) : folder_(std::move(folder)), bounds_(bounds) {}
    std::filesystem::path cluster_folder(std::string_view key) const;
    std::filesystem::path text_file(std::string_view key) const;
    void make_room() const;
    void trim_texts() const;

    std::filesystem::path folder_;
    Bounds bounds_;
};

}  // namespace drydock::shadow
