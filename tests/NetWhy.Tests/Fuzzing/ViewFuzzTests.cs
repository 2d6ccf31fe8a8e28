using System.Buffers;
using System.Diagnostics;
using System.Reflection;
using NetWhy.Wire;
using NetWhy.Wire.Link;
using Xunit;

namespace NetWhy.Tests.Fuzzing;

/// <summary>Octets may be anything: no view throws, reads outside, allocates, or walks without end.</summary>
/// <remarks>
/// Environment variable NETWHY_FUZZ: how many inputs, in place of a short run; NETWHY_FUZZ_SEED: where chance starts. Inputs end
/// where memory does, so that reading on ends the process.
/// </remarks>
public sealed class ViewFuzzTests
{
    private const long Short = 200_000;
    private const int Repeats = 4;
    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(5); // this machine may do other things meanwhile

    [Fact]
    public void Every_view_is_read()
    {
        string[] seen = [.. ViewExercise.All.Select(view => view.Name)];
        IEnumerable<Type> views = typeof(LayerWalk).Assembly.GetExportedTypes().Where(type => type.IsByRefLike
            && type.GetMethods(BindingFlags.Public | BindingFlags.Static).Any(method => method.Name == "Read" && method.GetParameters()[0].ParameterType == typeof(ReadOnlySpan<byte>)));

        Assert.True(seen.Length > 40, string.Join(' ', seen));
        Assert.All(views.Where(view => view.Namespace is not "NetWhy.Wire.Netlink" and not "NetWhy.Wire.Btf"), view => Assert.Contains($"{view.Name}.Read", seen));
    }

    [Fact]
    public void Views()
    {
        var random = new Random(PacketMutator.Seed);
        var mutator = new PacketMutator(random);
        using var memory = new GuardedMemory(PacketMutator.Longest);
        long inputs = PacketMutator.CountOf(Short);
        foreach ((string Name, ViewExercise.Reading Read) view in ViewExercise.All)
            _ = view.Read(memory.Place(mutator.Next(out _)), 1); // what is compiled at first use allocates

        for (long i = 0; i < inputs; i++)
        {
            ReadOnlySpan<byte> packet = mutator.Next(out LinkType linkType);
            ReadOnlySpan<byte> octets = memory.Place(packet[StartOf(random, linkType, packet)..]);
            long start = Stopwatch.GetTimestamp(), before = GC.GetAllocatedBytesForCurrentThread();
            int number = random.Next(4) == 0 ? random.Next(256) : octets.Length + random.Next(64);
            string name = "";
            try
            {
                foreach ((string Name, ViewExercise.Reading Read) view in ViewExercise.All)
                {
                    name = view.Name;
                    _ = view.Read(octets, number);
                }
            }
            catch (Exception exception)
            {
                Assert.Fail($"{name}, {number}, {Convert.ToHexString(octets)}: {exception}");
            }

            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            if (allocated > 0 && WhoAllocates(octets, number) is { } allocator)
                Assert.Fail($"{allocator} allocates: {Convert.ToHexString(octets)}");
            if (Stopwatch.GetElapsedTime(start) > MostTime)
                Assert.Fail($"it takes long: {Convert.ToHexString(octets)}");
        }
    }

    [Fact]
    public void Layers()
    {
        var mutator = new PacketMutator(new Random(PacketMutator.Seed + 1));
        using var memory = new GuardedMemory(PacketMutator.Longest);
        long inputs = PacketMutator.CountOf(Short);
        for (long i = 0; i < inputs; i++)
        {
            ReadOnlySpan<byte> octets = memory.Place(mutator.Next(out LinkType linkType));
            try
            {
                int times = 0;
                while (Walk(linkType, octets, octets.Length + (i % 3 * 700)) > 0 && times < Repeats)
                    times++;
                if (times == Repeats)
                    Assert.Fail("the walk allocates");
            }
            catch (Exception exception)
            {
                Assert.Fail($"{linkType}, {Convert.ToHexString(octets)}: {exception}");
            }
        }
    }

    /// <returns>Octets that were allocated.</returns>
    private static long Walk(LinkType linkType, ReadOnlySpan<byte> octets, long originalLength)
    {
        int count = 0, at = 0, end = octets.Length, depth = 0;
        long before = GC.GetAllocatedBytesForCurrentThread();
        bool isSound = true;
        var walk = new LayerWalk(linkType, octets, originalLength);
        Layer layer = default;
        while (walk.MoveNext())
        {
            isSound &= layer.Status is OperationStatus.Done;
            layer = walk.Current;
            isSound &= layer.Offset >= at && layer.Captured >= 0 && layer.Offset + layer.Captured <= end && layer.Captured <= layer.Length
                && layer.HeaderLength >= 0 && layer.PayloadOffset <= layer.Offset + layer.Captured && layer.Depth >= depth && layer.Kind is not LayerKind.None
                && walk.CurrentOctets.Length == layer.Captured;
            (at, end, depth) = (layer.PayloadOffset, layer.Offset + layer.Captured, layer.Depth);
            count++;
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        if (!isSound || count > LayerWalk.MostLayers)
            Assert.Fail($"{layer}, {count} layers");
        return allocated;
    }

    // Most views belong somewhere within a packet: where a layer begins, or at its payload.
    private static int StartOf(Random random, LinkType linkType, ReadOnlySpan<byte> packet)
    {
        int at = 0, count = 0;
        foreach (Layer layer in new LayerWalk(linkType, packet, packet.Length))
        {
            if (random.Next(++count) == 0)
                at = random.Next(3) == 0 ? layer.PayloadOffset : layer.Offset;
        }

        return random.Next(16) == 0 ? random.Next(packet.Length + 1) : at;
    }

    // Null if nobody does it every time: the runtime compiles, and a collection of garbage meanwhile counts, too.
    private static string? WhoAllocates(ReadOnlySpan<byte> octets, int number)
    {
        foreach ((string Name, ViewExercise.Reading Read) view in ViewExercise.All)
        {
            int times = 0;
            for (; times < Repeats; times++)
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                _ = view.Read(octets, number);
                if (GC.GetAllocatedBytesForCurrentThread() == before)
                    break;
            }

            if (times == Repeats)
                return view.Name;
        }

        return null;
    }
}
