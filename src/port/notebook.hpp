// The seam to the installation's notebook: small facts that outlive the process and belong to no stream. Which keys the
// store belongs to, how far its clock has come, how many endings a day has seen, what an operator has accepted. By
// name; a value is one line of text. Never personal data, never a secret.
#pragma once

#include "base/error.hpp"

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace keepline::port {

class notebook {
 public:
    using note = std::pair<std::string, std::string>;  // name, value

    virtual ~notebook() = default;
    virtual base::result<std::optional<std::string>> read(std::string_view name) = 0;
    /// All in one durable commit; an empty value deletes. Any thread, and beside other processes.
    virtual base::result<void> write(const std::vector<note>& notes) = 0;
    /// Writes one, as long as it still says what the caller read ("": there was none); false: it says something else
    /// now.
    virtual base::result<bool> exchange(const std::string& name, const std::string& was, const std::string& now) = 0;
};

/// Forgets everything at its end. For tests, and where nothing is to be remembered.
class fake_notebook final : public notebook {
 public:
    base::result<std::optional<std::string>> read(std::string_view name) override {
        const std::scoped_lock held(mutex_);
        const auto found = notes_.find(name);
        return found == notes_.end() ? std::nullopt : std::optional(found->second);
    }
    base::result<void> write(const std::vector<note>& notes) override {
        const std::scoped_lock held(mutex_);
        for (const auto& [name, value] : notes) {
            if (value.empty())
                notes_.erase(name);
            else
                notes_[name] = value;
        }
        return {};
    }
    base::result<bool> exchange(const std::string& name, const std::string& was, const std::string& now) override {
        TRY(found, read(name));
        if (found.value_or("") != was) return false;
        CHECK(write({{name, now}}));
        return true;
    }

 private:
    std::mutex mutex_;
    std::map<std::string, std::string, std::less<>> notes_;
};

}  // namespace keepline::port
