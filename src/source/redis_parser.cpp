#include "redis_parser.hpp"

#include <array>
#include <hiredis/hiredis.h>
#include <new>
#include <vector>

namespace pryv_export::source {

namespace {

/// hiredis wants an object for each value: this stands for all of them.
char handle;

redis_values& values_of(const redisReadTask* task)
{
    return *static_cast<redis_values*>(task->privdata);
}

void* add_text(const redisReadTask* task, char* text, std::size_t bytes) noexcept
try {
    bool const error = task->type == REDIS_REPLY_ERROR;
    values_of(task).add_text(error ? redis_kind::error : redis_kind::text, {text, bytes});
    return &handle;
} catch (const std::bad_alloc&) {
    return nullptr;
}

/// int in hiredis 0.14, size_t later.
template <class Count>
void* add_array(const redisReadTask* task, Count count) noexcept
try {
    values_of(task).add(redis_kind::array, static_cast<std::uint32_t>(count));
    return &handle;
} catch (const std::bad_alloc&) {
    return nullptr;
}

void* add_integer(const redisReadTask* task, long long number) noexcept
try {
    values_of(task).add(redis_kind::integer, 0, number);
    return &handle;
} catch (const std::bad_alloc&) {
    return nullptr;
}

void* add_nil(const redisReadTask* task) noexcept
try {
    values_of(task).add(redis_kind::nil);
    return &handle;
} catch (const std::bad_alloc&) {
    return nullptr;
}

void forget(void*) noexcept {}

redisReplyObjectFunctions& functions()
{
    static redisReplyObjectFunctions table = [] {
        redisReplyObjectFunctions made{};
        made.createString = &add_text;
        made.createArray = &add_array;
        made.createInteger = &add_integer;
        made.createNil = &add_nil;
        made.freeObject = &forget;
        return made;
    }();
    return table;
}

} // namespace

void redis_parser::closer::operator()(redisReader* reader) const noexcept
{
    redisReaderFree(reader);
}

redis_parser::redis_parser() : reader_{redisReaderCreateWithFunctions(&functions())}
{
    if (!reader_) throw std::bad_alloc{};
}

redis_parser::~redis_parser() = default;

bool redis_parser::parse(std::string_view reply, redis_values& out)
{
    std::size_t const values = out.size();
    std::size_t const text = out.text_bytes();
    reader_->privdata = &out;
    void* parsed = nullptr;
    if (redisReaderFeed(reader_.get(), reply.data(), reply.size()) == REDIS_OK &&
        redisReaderGetReply(reader_.get(), &parsed) == REDIS_OK && parsed != nullptr) {
        return true;
    }
    out.truncate(values, text);
    reader_.reset(redisReaderCreateWithFunctions(&functions()));
    if (!reader_) throw std::bad_alloc{};
    return false;
}

void append_command(std::string& out, std::span<const std::string_view> words)
{
    std::vector<const char*> texts;
    std::vector<std::size_t> sizes;
    for (std::string_view const word : words) {
        texts.push_back(word.data());
        sizes.push_back(word.size());
    }
    char* command = nullptr;
    int const bytes =
        redisFormatCommandArgv(&command, static_cast<int>(words.size()), texts.data(), sizes.data());
    if (bytes < 0) throw std::bad_alloc{};
    std::unique_ptr<char, decltype(&redisFreeCommand)> const owned{command, &redisFreeCommand};
    out.append(command, static_cast<std::size_t>(bytes));
}

} // namespace pryv_export::source
