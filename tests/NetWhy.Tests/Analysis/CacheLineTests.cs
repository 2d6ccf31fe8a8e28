using System.Runtime.CompilerServices;
using NetWhy.Analysis;
using NetWhy.Analysis.Flows;
using NetWhy.Analysis.Tcp;
using NetWhy.Linux;
using Xunit;

namespace NetWhy.Tests.Analysis;

/// <summary>What is remembered of a conversation lies in the cache lines that are asked for.</summary>
public sealed class CacheLineTests
{
    [Fact]
    public void Takes_as_many_lines_as_are_asked_for()
    {
        Assert.Equal(Conversation.Lines * CacheLines.Size, Unsafe.SizeOf<Conversation>());
        Assert.Equal(Flow.Lines * CacheLines.Size, Unsafe.SizeOf<Flow>());
        Assert.Equal(FlowDirection.Lines * CacheLines.Size, Unsafe.SizeOf<FlowDirection>());
        Assert.Equal(CacheLines.Size, Unsafe.SizeOf<TimeSketch>());
    }

    [Fact]
    public void Has_each_field_in_the_line_that_is_asked_for()
    {
        var flow = default(Flow);
        var conversation = default(Conversation);
        Assert.Equal(FlowDirection.PacketLine, LineOf(ref flow.First, ref flow.First.LastTime));
        Assert.Equal(FlowDirection.PacketLine, LineOf(ref flow.First, ref flow.First.MayBeEnded));
        Assert.Equal(FlowDirection.SentLine, LineOf(ref flow.First, ref flow.First.Octets));
        Assert.Equal(FlowDirection.SentLine + FlowDirection.SentLines - 1, LineOf(ref flow.First, ref flow.First.HasSentBefore));
        Assert.Equal(FlowDirection.RoundTripLine, LineOf(ref flow.First, ref flow.First.RoundTrips));
        Assert.Equal(FlowDirection.BurstLine, LineOf(ref flow.First, ref flow.First.Bursts));
        Assert.Equal(FlowDirection.BurstLine, LineOf(ref flow.First, ref flow.First.FirstDataTime));
        Assert.Equal(0, LineOf(ref flow, ref flow.LastTime));
        Assert.Equal(0, LineOf(ref flow, ref flow.StreamKind));
        Assert.Equal(Flow.FirstLine, LineOf(ref flow, ref flow.First));
        Assert.Equal(Flow.SecondLine, LineOf(ref flow, ref flow.Second));
        Assert.Equal(0, LineOf(ref conversation, ref conversation.BeganLowToHigh));
        Assert.Equal(1, LineOf(ref conversation, ref conversation.First));
    }

    [Fact]
    public void Begins_with_a_line()
    {
        var flows = new Chunks<Flow>();
        var conversations = new Chunks<Conversation>();
        for (int chunk = 0; chunk < 3; chunk++)
        {
            int next = flows.Capacity, other = conversations.Capacity;
            flows.Grow();
            conversations.Grow();
            Assert.Equal(0, AddressOf(ref flows[next]) % CacheLines.Size);
            Assert.Equal(0, AddressOf(ref flows[flows.Capacity - 1]) % CacheLines.Size);
            Assert.Equal(0, AddressOf(ref conversations[other]) % CacheLines.Size);
            Assert.True(chunk == 0 || AddressOf(ref flows[next]) % CacheLines.LargePage == 0);
        }
    }

    [Fact]
    public void Has_no_place_outside()
    {
        var array = new LineArray<Flow>(2, isLarge: false);
        Assert.Throws<ArgumentOutOfRangeException>(() => array[2].LastTime);
        Assert.Throws<ArgumentOutOfRangeException>(() => array[-1].LastTime);
    }

    [Fact]
    public void Keeps_objects_where_there_are_some()
    {
        var objects = new Chunks<FlowObjects>();
        objects.Grow();
        objects[5].FirstRoundTrips = [1, 2, 3];
        GC.Collect();
        Assert.Equal([1u, 2, 3], objects[5].FirstRoundTrips!);
        Assert.Null(objects[4].FirstRoundTrips);
    }

    [Fact]
    public void Gives_places_again_that_were_taken_back()
    {
        var pool = new Pool<FlowTrouble>();
        int first = pool.Take(), second = pool.Take();
        Assert.NotEqual(Pool<FlowTrouble>.None, first);
        Assert.NotEqual(first, second);
        pool[first].LostUpstream = 3;
        pool.Give(Pool<FlowTrouble>.None);
        pool.Give(first);
        Assert.Equal(first, pool.Take());
        Assert.Equal(0, pool[first].LostUpstream);
    }

    private static int LineOf<TWhole, TPart>(ref TWhole whole, ref TPart part) =>
        (int)Unsafe.ByteOffset(ref Unsafe.As<TWhole, byte>(ref whole), ref Unsafe.As<TPart, byte>(ref part)) / CacheLines.Size;

    private static nint AddressOf<T>(ref T place) => Unsafe.ByteOffset(ref Unsafe.NullRef<byte>(), ref Unsafe.As<T, byte>(ref place));
}
