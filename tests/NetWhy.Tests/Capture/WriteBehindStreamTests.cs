using NetWhy.Capture.Files;
using NetWhy.Linux;
using Xunit;

namespace NetWhy.Tests.Capture;

/// <summary>What is written behind one's back: failures come back, and a flush arrives.</summary>
public sealed class WriteBehindStreamTests
{
    [Fact]
    public void A_failure_of_any_kind_is_thrown_where_the_stream_is_used()
    {
        var stream = new WriteBehindStream(new Recorder { Failure = new InvalidOperationException("nobody takes it") });
        stream.Write([1, 2, 3]);

        Assert.Equal("nobody takes it", Assert.Throws<InvalidOperationException>(stream.Dispose).Message);
    }

    [Fact]
    public void A_flush_comes_behind_what_was_written_before_it()
    {
        var recorder = new Recorder();
        using (var stream = new WriteBehindStream(recorder))
        {
            stream.Write([1, 2, 3]);
            stream.Write([]);
            stream.Flush();
            stream.Write([4]);
        }

        Assert.Equal(["3", "flush", "1"], recorder.Heard);
    }

    private sealed class Recorder : WriteOnlyStream
    {
        internal Exception? Failure { get; init; }

        internal List<string> Heard { get; } = [];

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (Failure is not null)
                throw Failure;
            Heard.Add($"{buffer.Length}");
        }

        public override void Flush() => Heard.Add("flush");
    }
}
