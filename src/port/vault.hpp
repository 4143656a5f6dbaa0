// The seam to personal data. Each subscriber has a key of their own; erasing the key makes every sealed row, in the
// store and in all its copies, unreadable. Keys are kept apart from the store, so that a backup of the store holds
// none.
#pragma once

#include "port/journal.hpp"

#include <map>
#include <mutex>
#include <set>
#include <string>

namespace keepline::port {

class vault {
 public:
    virtual ~vault() = default;
    /// Seals `plain` for the subscriber (making a key at the first time). The row is to be committed with the event it
    /// belongs to. Refused with code::erased after erase(), and with code::key_missing where something is sealed for
    /// them with a key that is not there: a new one would never open it.
    virtual result<vault_row> seal(std::string_view subscriber, std::string_view kind, std::string_view plain) = 0;
    /// code::erased when the key was destroyed, code::key_missing when it is gone and nobody destroyed it,
    /// code::not_found when nothing was stored.
    virtual result<std::string> open(std::string_view subscriber, std::string_view kind) = 0;
    /// For whom something is stored under this kind, which begins with "name:": in the order of their ids, after
    /// `after`.
    virtual result<std::vector<std::string>> holders_of(std::string_view kind, std::string_view after,
                                                        std::size_t limit) = 0;
    /// Kinds that begin so, under which something is stored for them; erased or not.
    virtual result<std::vector<std::string>> kinds_of(std::string_view subscriber, std::string_view prefix) = 0;
    /// Bytes that are kept elsewhere than in the store (port/documents.hpp), sealed with the person's key and bound to
    /// them and to `about`. code::key_missing where they have no key yet: who has none has nothing to be kept.
    virtual result<base::bytes> seal_blob(std::string_view subscriber, std::string_view about,
                                          base::byte_view plain) = 0;
    /// code::erased, code::key_missing; code::journal_broken for what is not as it was sealed, or is another's.
    virtual result<base::bytes> open_blob(std::string_view subscriber, std::string_view about,
                                          base::byte_view sealed) = 0;
    /// Destroys the key for good (durable when it returns). Twice is harmless.
    virtual result<void> erase(std::string_view subscriber) = 0;
};

/// Keeps plain text in memory; the rows it gives out hold it too. For unit tests of what stands above. Any thread.
class fake_vault final : public vault {
 public:
    result<vault_row> seal(std::string_view subscriber, std::string_view kind, std::string_view plain) override {
        const std::scoped_lock held(mutex_);
        if (erased_.contains(subscriber)) return gone();
        plain_[{std::string(subscriber), std::string(kind)}] = plain;
        const auto raw = base::view(plain);
        return vault_row{std::string(subscriber), std::string(kind), base::bytes(raw.begin(), raw.end())};
    }
    result<std::string> open(std::string_view subscriber, std::string_view kind) override {
        const std::scoped_lock held(mutex_);
        if (erased_.contains(subscriber)) return gone();
        const auto found = plain_.find({std::string(subscriber), std::string(kind)});
        if (found == plain_.end()) return base::refuse(base::code::not_found, "Nothing is stored.");
        return found->second;
    }
    result<std::vector<std::string>> holders_of(std::string_view kind, std::string_view after,
                                                std::size_t limit) override {
        const std::scoped_lock held(mutex_);
        std::vector<std::string> out;
        for (const auto& [name, plain] : plain_)
            if (name.second == kind && name.first > after && out.size() < limit) out.push_back(name.first);
        return out;
    }
    result<std::vector<std::string>> kinds_of(std::string_view subscriber, std::string_view prefix) override {
        const std::scoped_lock held(mutex_);
        std::vector<std::string> out;
        for (const auto& [name, plain] : plain_)
            if (name.first == subscriber && name.second.starts_with(prefix)) out.push_back(name.second);
        return out;
    }
    /// What was sealed says whose it is, in front.
    result<base::bytes> seal_blob(std::string_view subscriber, std::string_view about, base::byte_view plain) override {
        const std::scoped_lock held(mutex_);
        if (erased_.contains(subscriber)) return gone();
        const auto head = head_of(subscriber, about);
        base::bytes out(head.begin(), head.end());
        out.insert(out.end(), plain.begin(), plain.end());
        return out;
    }
    result<base::bytes> open_blob(std::string_view subscriber, std::string_view about,
                                  base::byte_view sealed) override {
        const std::scoped_lock held(mutex_);
        if (erased_.contains(subscriber)) return gone();
        const auto head = head_of(subscriber, about);
        if (!base::text(sealed).starts_with(head))
            return base::refuse(base::code::journal_broken, "Sealed bytes do not open.");
        return base::bytes(sealed.begin() + static_cast<std::ptrdiff_t>(head.size()), sealed.end());
    }
    result<void> erase(std::string_view subscriber) override {
        const std::scoped_lock held(mutex_);
        std::erase_if(plain_, [&](const auto& item) { return item.first.first == subscriber; });
        erased_.emplace(subscriber);
        return {};
    }

 private:
    static std::string head_of(std::string_view subscriber, std::string_view about) {
        return "sealed for " + std::string(subscriber) + ", " + std::string(about) + ": ";
    }
    static std::unexpected<base::error> gone() {
        return base::refuse(base::code::erased, "The personal data of this subscriber was erased.");
    }

    std::mutex mutex_;
    std::set<std::string, std::less<>> erased_;
    std::map<std::pair<std::string, std::string>, std::string> plain_;
};

}  // namespace keepline::port
