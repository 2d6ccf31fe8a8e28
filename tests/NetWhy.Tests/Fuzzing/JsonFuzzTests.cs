using System.Text.Json;
using NetWhy.Tools.Tcpdump.Json;
using NetWhy.Tools.Tcpdump.Printing;
using NetWhy.Wire.Link;
using Xunit;

namespace NetWhy.Tests.Fuzzing;

/// <summary>Packets may be anything: what is said of them as JSON is an object of bounded size.</summary>
public sealed class JsonFuzzTests
{
    private const long Short = 60_000;
    private const int LongestText = 1 << 20;

    [Fact]
    public void Packets()
    {
        var mutator = new PacketMutator(new Random(PacketMutator.Seed + 2));
        using var memory = new GuardedMemory(PacketMutator.Longest);
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(1 << 16);
        using var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true });
        var packets = new PacketJson(json, new InterfaceNames());
        long inputs = PacketMutator.CountOf(Short);
        for (long i = 0; i < inputs; i++)
        {
            ReadOnlySpan<byte> octets = memory.Place(mutator.Next(out LinkType linkType));
            buffer.ResetWrittenCount();
            json.Reset();
            try
            {
                json.WriteStartObject();
                packets.Write(linkType, octets, (uint)(octets.Length + (i % 3 * 700)));
                json.WriteEndObject();
                json.Flush();
                var reader = new Utf8JsonReader(buffer.WrittenSpan, new JsonReaderOptions { MaxDepth = 256 });
                while (reader.Read())
                {
                }
            }
            catch (Exception exception)
            {
                Assert.Fail($"{linkType}, {Convert.ToHexString(octets)}: {exception}");
            }

            if (buffer.WrittenCount > LongestText)
                Assert.Fail($"{buffer.WrittenCount} octets of text: {linkType}, {Convert.ToHexString(octets)}");
        }
    }

    [Fact]
    public void Names_are_unique_in_each_object()
    {
        var mutator = new PacketMutator(new Random(PacketMutator.Seed + 3));
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(1 << 16);
        using var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true });
        var packets = new PacketJson(json, new InterfaceNames());
        for (int i = 0; i < 20_000; i++)
        {
            ReadOnlySpan<byte> octets = mutator.Next(out LinkType linkType);
            buffer.ResetWrittenCount();
            json.Reset();
            json.WriteStartObject();
            packets.Write(linkType, octets, (uint)octets.Length);
            json.WriteEndObject();
            json.Flush();
            using var document = JsonDocument.Parse(buffer.WrittenMemory, new JsonDocumentOptions { MaxDepth = 256 });
            if (!AreUnique(document.RootElement))
                Assert.Fail($"{linkType}, {Convert.ToHexString(octets)}: {document.RootElement}");
        }
    }

    private static bool AreUnique(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().Select(member => member.Name).Distinct().Count() == element.EnumerateObject().Count()
            && element.EnumerateObject().All(member => AreUnique(member.Value)),
        JsonValueKind.Array => element.EnumerateArray().All(AreUnique),
        _ => true,
    };
}
