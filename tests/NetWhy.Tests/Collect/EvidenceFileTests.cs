using System.Collections;
using System.Net;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using FsCheck;
using FsCheck.Fluent;
using NetWhy.Collect;
using NetWhy.Evidence;
using NetWhy.Linux;
using Xunit;

namespace NetWhy.Tests.Collect;

public sealed class EvidenceFileTests
{
    private const string Good = """{"kind":"not-observed","id":"o1","probe":"p","vantage":"v","at":"2026-01-02T03:04:05Z","what":"w","reason":"r"}""";

    public static TheoryData<string> Kinds => [.. DerivedTypes.Select(kind => (string)kind.TypeDiscriminator!)];

    private static IEnumerable<JsonDerivedType> DerivedTypes =>
        EvidenceJson.Default.Observation.PolymorphismOptions!.DerivedTypes;

    [Fact]
    public void Every_observation_has_a_kind() => Assert.Empty(
        typeof(Observation).Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(Observation)))
            .Except(DerivedTypes.Select(kind => kind.DerivedType)));

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_kind_comes_back_as_it_went(string kind)
    {
        foreach (bool isFull in new[] { true, false })
        {
            var made = (Observation)Make(DerivedTypes.Single(type => (string)type.TypeDiscriminator! == kind).DerivedType, isFull);
            Observation observation = made with { Id = "o1", Probe = "some.probe", Vantage = "here", At = new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero) };
            string path = Path.GetTempFileName();
            try
            {
                using (var file = new EvidenceFile(path))
                    file.Append(observation);
                KeptEvidence kept = EvidenceFile.Read(path);

                Observation read = Assert.Single(kept.Evidence.Observations);
                Assert.Empty(kept.Remarks);
                Assert.Equal(observation.GetType(), read.GetType());
                Assert.Equal(Json(observation), Json(read));
            }
            finally
            {
                File.Delete(path);
            }
        }
    }

    [Fact]
    public void Order_is_the_order_of_the_log_not_of_the_threads()
    {
        KeptEvidence kept = Read($"{Good.Replace("o1", "o10")}\n{Good.Replace("o1", "o2")}\n\n{Good}\n");

        Assert.Equal(["o1", "o2", "o10"], kept.Evidence.Observations.Select(observation => observation.Id));
    }

    [Fact]
    public void Kinds_from_the_future_are_left_out_and_named()
    {
        KeptEvidence kept = Read($$"""
            {{Good}}
            {"kind":"quantum.entanglement","id":"o2","spin":[1,2]}
            """);

        Assert.Single(kept.Evidence.Observations);
        Assert.Contains("quantum.entanglement", Assert.Single(kept.Remarks), StringComparison.Ordinal);
    }

    [Fact]
    public void Members_from_the_future_are_ignored() =>
        Assert.Single(Read(Good.Replace("\"what\"", "\"colour\":{\"a\":[1]},\"what\"")).Evidence.Observations);

    [Fact]
    public void Members_that_an_older_version_did_not_write_are_unknown_never_null()
    {
        Assert.Null(Assert.Single(Read(
            """{"kind":"tls.handshake","id":"o1","probe":"p","vantage":"v","at":"2026-01-02T03:04:05Z","address":"10.0.0.1","port":1,"purpose":"target","outcome":"Reset","elapsed":1,"messages":[],"offered":""}""")
            .Evidence.All<TlsHandshake>()).Group);
        Assert.Contains("'messages'", Assert.Throws<InvalidDataException>(() => Read(
            """{"kind":"tls.handshake","id":"o1","probe":"p","vantage":"v","at":"2026-01-02T03:04:05Z","address":"10.0.0.1","port":1,"purpose":"target","outcome":"Reset","elapsed":1,"offered":""}""" + "\n"))
            .Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_last_line_cut_by_a_crash_costs_that_line_only()
    {
        KeptEvidence kept = Read($"{Good}\n{Good[..40]}");

        Assert.Single(kept.Evidence.Observations);
        Assert.Contains("test:2: the last line was cut short", Assert.Single(kept.Remarks), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hello")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"kind":3}""")]
    [InlineData("""{"kind":"not-observed","what":"w"}""")]
    [InlineData("""{"kind":"not-observed","what":null,"reason":"r"}""")]
    [InlineData("""{"kind":"not-observed","what":"w","reason":"r","at":"yesterday"}""")]
    [InlineData("""{"kind":"echo.series","address":"nowhere","purpose":"target","size":1,"sent":1,"received":1}""")]
    [InlineData("""{"kind":"echo.series","address":"10.0.0.1","purpose":"target","size":1,"sent":99999999999999,"received":1}""")]
    [InlineData("""{"kind":"echo.series","address":"10.0.0.1","purpose":"target","size":1,"sent":1,"received":1,"errors":[null]}""")]
    [InlineData("""{"kind":"echo.series","address":"10.0.0.1","purpose":"target","size":1,"sent":1,"received":1,"waited":1e300}""")]
    [InlineData("""{"kind":"http.exchange","url":"u","address":"10.0.0.1","port":1,"purpose":"target","outcome":"Splendid","elapsed":1}""")]
    [InlineData("""{"kind":"kernel.settings","values":{"net.ipv4.ip_forward":null}}""")]
    [InlineData("""{"kind":"exchange.greeting","address":"10.0.0.1","port":1,"text":null,"waited":1}""")]
    [InlineData("\u0000\u0001")]
    public void A_bad_line_is_named(string line)
    {
        var refusal = Assert.Throws<InvalidDataException>(() => Read($"{Good}\n{line}\n{Good}\n"));

        Assert.StartsWith("test:2: ", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal.Message);
    }

    [Theory]
    [InlineData("# netwhy\n")]
    [InlineData("no line end")]
    [InlineData("\u007fELF\n")]
    [InlineData("[1]\n")]
    public void Another_file_is_called_that(string text) =>
        Assert.Equal("test: that is no file that --save made", Assert.Throws<InvalidDataException>(() => Read(text)).Message);

    [Theory]
    [InlineData("")]
    [InlineData("\n\n  \n")]
    public void A_file_without_evidence_is_refused(string text) => Assert.Throws<InvalidDataException>(() => Read(text));

    [Fact]
    public void A_line_without_end_is_refused_before_it_fills_the_memory()
    {
        using var endless = new EndlessStream();

        Assert.Throws<InvalidDataException>(() => EvidenceFile.Read(endless, "test"));
        Assert.True(endless.Taken < 4L * EvidenceFile.LongestLine, $"{endless.Taken} octets read");
    }

    [Fact]
    public void Any_octets_give_evidence_or_a_clear_error() => Check.QuickThrowOnFailure(Prop.ForAll<byte[]>(octets =>
    {
        try
        {
            return EvidenceFile.Read(new MemoryStream(octets ?? []), "test").Evidence.Observations.Count > 0;
        }
        catch (InvalidDataException refusal)
        {
            return refusal.Message.StartsWith("test:", StringComparison.Ordinal);
        }
    }));

    [Fact]
    public void Any_octet_changed_in_a_good_line_gives_evidence_or_a_clear_error()
    {
        byte[] line = Encoding.UTF8.GetBytes(Json((Observation)Make(typeof(ConnectAttempt), isFull: true)));
        for (int i = 0; i < line.Length; i++)
        {
            foreach (byte value in new byte[] { 0, (byte)'"', (byte)'{', (byte)']', (byte)'9', 0xFF })
            {
                byte[] changed = [.. line, (byte)'\n'];
                changed[i] = value;
                try
                {
                    _ = EvidenceFile.Read(new MemoryStream(changed), "test");
                }
                catch (InvalidDataException refusal)
                {
                    Assert.StartsWith("test:", refusal.Message, StringComparison.Ordinal);
                }
            }
        }
    }

    private static KeptEvidence Read(string text) => EvidenceFile.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)), "test");

    private static string Json(Observation observation) =>
        JsonSerializer.Serialize(observation, EvidenceJson.Default.Observation);

    /// <summary>An instance with a distinct value in every member, or with as little as the type allows.</summary>
    private static object Make(Type type, bool isFull)
    {
        ConstructorInfo constructor = type.GetConstructors().MaxBy(one => one.GetParameters().Length)!;
        int seed = 0;
        object made = constructor.Invoke([.. constructor.GetParameters().Select(parameter => Value(parameter.ParameterType, ++seed, isFull))]);
        foreach (PropertyInfo property in isFull ? type.GetProperties() : [])
        {
            if (property.SetMethod is not null)
                property.SetValue(made, Value(property.PropertyType, ++seed, isFull));
        }

        return made;
    }

    private static object Value(Type type, int seed, bool isFull)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(string))
            return $"text {seed} \"ü\" \u001b";
        if (type == typeof(IPAddress))
            return seed % 2 == 0 ? IPAddress.Parse($"10.0.0.{seed}") : IPAddress.Parse($"2001:db8::{seed}");
        if (type == typeof(TimeSpan))
            return TimeSpan.FromMicroseconds((seed * 1001) + 7);
        if (type == typeof(DateTimeOffset))
            return new DateTimeOffset(2026, 1, 1, 0, 0, seed % 60, TimeSpan.Zero);
        if (type == typeof(bool))
            return true;
        if (type.IsEnum)
            return Enum.GetValues(type).GetValue(Enum.GetValues(type).Length - 1)!;
        if (type.IsPrimitive)
            return Convert.ChangeType(seed, type, null);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>))
        {
            var map = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(type.GetGenericArguments()))!;
            map.Add($"Key {seed}", Value(type.GetGenericArguments()[1], seed, isFull));
            return map;
        }

        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
        {
            Type item = type.GetGenericArguments()[0];
            var list = Array.CreateInstance(item, isFull ? 2 : 0);
            for (int i = 0; i < list.Length; i++)
                list.SetValue(Value(item, seed + i, isFull), i);
            return list;
        }

        return Make(type, isFull);
    }

    private sealed class EndlessStream : ReadOnlyStream
    {
        public long Taken { get; private set; }

        public override int Read(Span<byte> buffer)
        {
            buffer.Fill((byte)'a');
            Taken += buffer.Length;
            return buffer.Length;
        }
    }
}
