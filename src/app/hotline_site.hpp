// Calls inside the server: the SIP user agent (sip) and who speaks in its calls (hotline), as the configuration says.
// Opened and stopped by the main thread; `troubles` is for any.
#pragma once

#include "app/config.hpp"
#include "hotline/dialogue.hpp"
#include "port/log.hpp"

#include <memory>
#include <string>

namespace keepline::desk {
class desk;
}

namespace keepline::app {

class instance;

/// The shipped dialogue, and over it the files of a folder: a menu there stands for the one of its name, words lie over
/// words.
result<hotline::spoken_dialogue> dialogue_of(const std::string& folder);

class hotline_site {
 public:
    /// Null: none is configured. All outlive it.
    static result<std::unique_ptr<hotline_site>> open(const config& how, desk::desk& at, instance& running,
                                                      port::log& log);
    ~hotline_site();
    hotline_site(const hotline_site&) = delete;
    hotline_site& operator=(const hotline_site&) = delete;

    /// Ends all calls; bounded. Twice is harmless.
    void stop();

 private:
    struct parts;
    explicit hotline_site(std::unique_ptr<parts> of);
    std::unique_ptr<parts> parts_;
};

}  // namespace keepline::app
