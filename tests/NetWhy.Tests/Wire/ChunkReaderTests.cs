using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using NetWhy.Wire.Http;
using Xunit;

namespace NetWhy.Tests.Wire;

public sealed class ChunkReaderTests
{
    private static readonly byte[] Whole =
        Encoding.ASCII.GetBytes("4;name=value\r\nWiki\r\n6\r\npedia \r\nE\r\nin \r\n\r\nchunks.\r\n0\r\nTrailer: x\r\n\r\n");

    [Fact]
    public void Reads_a_body_however_it_is_cut() => Check.QuickThrowOnFailure(Prop.ForAll<int[]>(cuts =>
    {
        var reader = new ChunkReader();
        var body = new ArrayBufferWriter<byte>();
        int position = 0;
        OperationStatus status = OperationStatus.NeedMoreData;
        foreach (int cut in cuts)
        {
            int taken = Math.Min(Math.Abs(cut % 7), Whole.Length - position);
            status = reader.Read(Whole.AsSpan(position, taken), body);
            position += taken;
        }

        status = reader.Read(Whole.AsSpan(position), body);
        return status is OperationStatus.Done
            && Encoding.ASCII.GetString(body.WrittenSpan) == "Wikipedia in \r\n\r\nchunks."
            && reader.BodyLength == 24;
    }));

    [Theory]
    [InlineData("x\r\n")]
    [InlineData("\r\n")]
    [InlineData("4\r\nWikiX\r\n")]
    [InlineData("fffffffffffffffffff\r\n")]
    public void Says_when_the_framing_is_broken(string text) =>
        Assert.Equal(OperationStatus.InvalidData, new ChunkReader().Read(Encoding.ASCII.GetBytes(text)));

    [Fact]
    public void Fields_behind_the_body_come_to_an_end()
    {
        var reader = new ChunkReader();
        byte[] field = Encoding.ASCII.GetBytes($"X: {new string('x', 1000)}\r\n");
        OperationStatus status = reader.Read("0\r\n"u8);
        for (int i = 0; i < 1000 && status is OperationStatus.NeedMoreData; i++)
            status = reader.Read(field);

        Assert.Equal(OperationStatus.InvalidData, status);
        Assert.Equal("the fields behind the body come without end", reader.Fault);
    }

    [Fact]
    public void An_end_without_the_last_chunk_is_no_end()
    {
        var reader = new ChunkReader();
        Assert.Equal(OperationStatus.NeedMoreData, reader.Read("4\r\nWiki\r\n"u8));
        Assert.False(reader.IsComplete);
    }

    [Fact]
    public void A_line_without_an_end_is_given_up() =>
        Assert.Equal(
            OperationStatus.InvalidData,
            new ChunkReader().Read(Encoding.ASCII.GetBytes("4;" + new string('a', 10_000))));

    [Fact]
    public void Never_throws_whatever_comes() => Check.QuickThrowOnFailure(Prop.ForAll<byte[]>(octets =>
    {
        var reader = new ChunkReader();
        _ = reader.Read(octets);
        return reader.BodyLength <= octets.Length;
    }));
}
