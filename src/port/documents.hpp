// The seam to documents: sealed bytes of one person each (a picture of a document, a power of attorney), apart from the
// journal, which only names them (domain/subscriber/documents.hpp). What is put is sealed already (port/vault.hpp), so
// that whoever has the store has nothing without the person's key. Any thread.
#pragma once

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/ids.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <string>

namespace keepline::port {

struct document_name {
    base::label subscriber;
    base::label id;
    auto operator<=>(const document_name&) const = default;
};

class documents {
 public:
    virtual ~documents() = default;
    /// Durable when it returns. What is there under this name stays as it is: false.
    virtual base::result<bool> put(const document_name& name, base::byte_view sealed) = 0;
    /// code::not_found.
    virtual base::result<base::bytes> get(const document_name& name) = 0;
    /// Durable when it returns. Twice is harmless.
    virtual base::result<void> remove(const document_name& name) = 0;
    virtual base::result<void> remove_all(const base::label& subscriber) = 0;
    /// Each that was put so long ago, in any order; one that comes or goes meanwhile may be left out. By the clock of
    /// whoever keeps them: nobody's moved clock makes what is being put look old.
    virtual base::result<void> each(std::chrono::seconds older,
                                    const std::function<void(const document_name&)>& take) = 0;
};

/// In memory. For unit tests of what stands above.
class fake_documents final : public documents {
 public:
    std::chrono::seconds age{0};  // of all that is there

    base::result<bool> put(const document_name& name, base::byte_view sealed) override {
        const std::scoped_lock held(mutex_);
        return kept_.try_emplace(name, sealed.begin(), sealed.end()).second;
    }
    base::result<base::bytes> get(const document_name& name) override {
        const std::scoped_lock held(mutex_);
        const auto found = kept_.find(name);
        if (found == kept_.end()) return base::refuse(base::code::not_found, "There is no such document.");
        return found->second;
    }
    base::result<void> remove(const document_name& name) override {
        const std::scoped_lock held(mutex_);
        kept_.erase(name);
        return {};
    }
    base::result<void> remove_all(const base::label& subscriber) override {
        const std::scoped_lock held(mutex_);
        std::erase_if(kept_, [&](const auto& one) { return one.first.subscriber == subscriber; });
        return {};
    }
    base::result<void> each(std::chrono::seconds older,
                            const std::function<void(const document_name&)>& take) override {
        std::map<document_name, base::bytes> all;
        {
            const std::scoped_lock held(mutex_);
            if (age >= older) all = kept_;
        }
        for (const auto& [name, what] : all) take(name);
        return {};
    }

 private:
    std::mutex mutex_;
    std::map<document_name, base::bytes> kept_;
};

}  // namespace keepline::port
