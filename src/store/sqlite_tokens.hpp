// Access tokens in the store's file, through a connection of their own. Any thread (calls wait for one another); any
// process: `keepline token` may add and revoke beside a running server, which sees it at once.
#pragma once

#include "port/tokens.hpp"
#include "store/seals.hpp"

#include <memory>
#include <mutex>
#include <string>

namespace keepline::store {

class sqlite_tokens final : public port::token_store {
 public:
    /// Creates an empty store where there is none; leaves upgrades to the server (code::store_schema).
    /// With a key each token that is written is sealed (seals.hpp).
    static base::result<std::unique_ptr<sqlite_tokens>> open(const std::string& path, seal_key key = {});
    ~sqlite_tokens() override;

    /// From now on: the secret has a newer generation.
    void seal_with(const base::digest& key);

    base::result<std::optional<port::token_record>> find(std::string_view digest) override;
    base::result<void> add(const port::token_record& token) override;
    base::result<std::vector<port::token_record>> all() override;
    base::result<int> revoke(bool customer, std::string_view holder, base::instant at) override;
    base::result<void> take_up(const port::token_record& token) override;
    base::result<std::vector<port::token_record>> not_in_journal() override;

 private:
    struct inner;
    explicit sqlite_tokens(std::unique_ptr<inner> with);

    std::mutex mutex_;
    std::unique_ptr<inner> inner_;
};

}  // namespace keepline::store
