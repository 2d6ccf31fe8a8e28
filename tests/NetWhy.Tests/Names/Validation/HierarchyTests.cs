using System.Globalization;
using NetWhy.Names;
using NetWhy.Wire.Dns;
using Xunit;

namespace NetWhy.Tests.Names.Validation;

/// <summary>A signed hierarchy with deliberate breakages: the verdict is delv's, and the reason is what was broken.</summary>
/// <remarks>The messages, and what delv said of the same servers, were recorded by <c>Hierarchy/make</c>.</remarks>
public sealed class HierarchyTests
{
    // Where delv says something else, and why this validator does not follow.
    private static readonly Dictionary<string, string> DelvDiffers = new(StringComparer.Ordinal)
    {
        ["twin"] = "delv gives up at the first bad signature of two (CVE-2023-50387); one good one suffices (RFC 4035, section 5.3.3)",
        ["soasig"] = "delv leaves the answer pending",
        ["optout-nx"] = "delv calls it secure; a proof with opt-out must not be (RFC 5155, section 9.2)",
    };

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Names", "Validation", "Hierarchy");

    public static TheoryData<string> Cases => [.. ReadCases().Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Verdict_is_that_of_delv_and_reason_is_what_was_broken(string id)
    {
        (NetWhy.Names.Validation validation, string[] words) = await ValidateAsync(id);
        string reason = words[3], delv = words[5];

        Assert.Equal(reason, validation.Problem?.Reason.ToString() ?? "Secure");
        Assert.Equal(DelvDiffers.ContainsKey(id) ? "" : delv, DelvDiffers.ContainsKey(id) ? "" : validation.Status.ToString().ToLowerInvariant());
        if (DelvDiffers.ContainsKey(id))
            Assert.NotEqual(delv, validation.Status.ToString().ToLowerInvariant());
    }

    [Fact]
    public void At_least_25_breakages_are_told_apart()
    {
        string[] bogus = [.. ReadCases().Values.Where(words => words[5] == "bogus").Select(words => words[3])];

        Assert.True(bogus.Length >= 25, $"{bogus.Length}");
        Assert.True(bogus.Distinct().Count() >= 15, string.Join(' ', bogus.Distinct()));
    }

    [Fact]
    public async Task Chain_begins_at_the_anchor_and_names_each_link()
    {
        (NetWhy.Names.Validation validation, _) = await ValidateAsync("p256");

        Assert.Equal(
            ["anchor . DNSKEY", "test. DS", "test. DNSKEY", "p256.test. DS", "p256.test. DNSKEY", "www.p256.test. A"],
            validation.Chain.Select(link => string.Join(' ', link.ToString().Split(' ').Take(link.IsAnchor ? 3 : 2))));
        Assert.All(validation.Chain, link => Assert.Equal(ValidationStatus.Secure, link.Status));
    }

    // Also where the link is one that is missing, such as a signature, or one that proves too much.
    [Theory]
    [InlineData("nosig")]
    [InlineData("nokeys")]
    [InlineData("tld-expired")]
    [InlineData("wildproof")]
    [InlineData("ds-stripped")]
    [InlineData("unsigned")]
    [InlineData("alias-to-bad")]
    public async Task Chain_ends_with_the_problem(string id)
    {
        (NetWhy.Names.Validation validation, _) = await ValidateAsync(id);

        Assert.NotNull(validation.Problem);
        Assert.Equal(validation.Problem, validation.Chain[^1].Problem);
        Assert.EndsWith($": {validation.Problem}", validation.Chain[^1].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Problem_names_the_link_in_plain_words()
    {
        (NetWhy.Names.Validation validation, _) = await ValidateAsync("tld-expired");

        Assert.StartsWith("the signature of old. DNSKEY by key ", validation.Problem!.ToString(), StringComparison.Ordinal);
        Assert.EndsWith("has expired on 2026-06-01 00:00:00 UTC", validation.Problem.ToString(), StringComparison.Ordinal);
        Assert.Equal("192.0.2.53#53", validation.Problem.Server);
    }

    // The root is the right one by its keys, and out of time: nothing is said of zones below, whatever they are.
    [Theory]
    [InlineData("p256", 2020, ValidationReason.SignatureNotYetValid)]
    [InlineData("p256", 2050, ValidationReason.SignatureExpired)]
    [InlineData("expired", 2020, ValidationReason.SignatureNotYetValid)]
    public async Task A_wrong_clock_is_no_other_root(string id, int year, ValidationReason reason)
    {
        RootedValidation rooted = await ValidateRootedAsync(id, "anchors.txt", new DateTimeOffset(year, 1, 2, 0, 0, 0, TimeSpan.Zero));

        Assert.Equal((ValidationStatus.Bogus, reason), (rooted.Validation.Status, rooted.Validation.Problem!.Reason));
        Assert.True(rooted.Validation.Problem.Owner.IsRoot);
        Assert.Equal((true, false), (rooted.Anchor.IsRoot, rooted.IsAssumed));
    }

    // Below another root, what is broken is found from the lowest keys up, and what is not is left open.
    [Theory]
    [InlineData("p256", "anchors.txt", ValidationStatus.Secure, ".", false)]
    [InlineData("p256", "anchors-wrong.txt", ValidationStatus.Indeterminate, ".", true)]
    [InlineData("expired", "anchors.txt", ValidationStatus.Bogus, ".", false)]
    [InlineData("expired", "anchors-wrong.txt", ValidationStatus.Bogus, "expired.test.", true)]
    [InlineData("tld-expired", "anchors-wrong.txt", ValidationStatus.Bogus, "old.", true)]
    public async Task Below_another_root_the_keys_of_zones_are_taken_for_right(string id, string anchors, ValidationStatus status, string anchor, bool isAssumed)
    {
        RootedValidation rooted = await ValidateRootedAsync(id, anchors, Recorded);

        Assert.Equal((status, anchor, isAssumed), (rooted.Validation.Status, rooted.Anchor.ToString(), rooted.IsAssumed));
    }

    // All along the message: no change of a message may make a false answer secure, or make the validator throw.
    [Theory]
    [InlineData("p256", "www.p256.test.", "A")]
    [InlineData("p256", "p256.test.", "DNSKEY")]
    [InlineData("p256", "p256.test.", "DS")]
    [InlineData("p256", "test.", "DNSKEY")]
    [InlineData("p256-nxdomain", "nx.p256.test.", "A")]
    [InlineData("nsec3-nxdomain", "nx.nsec3.test.", "A")]
    [InlineData("nsec3-wildcard", "any.wild.nsec3.test.", "A")]
    [InlineData("optout", "unsigned.opt.", "DS")]
    public async Task Changed_messages_are_never_secure_with_other_data(string id, string changedName, string changedType)
    {
        string[] words = ReadCases()[id];
        Assert.True(DomainName.TryParse(words[1], out DomainName name));
        Assert.True(DomainName.TryParse(changedName, out DomainName owner));
        Assert.True(DnsMnemonics.TryParseType(changedType, out DnsRecordType type));
        RecordedSource source = RecordedSource.Read(Path.Combine(Folder, "messages.txt"));
        string[] expected = Describe(ResponseSets.Read(source[name, DnsRecordType.A])!.Answer);
        byte[] original = source[owner, type];
        var random = new Random(original.Length);
        for (int i = 0; i < original.Length; i += 4)
        {
            byte[] changed = [.. original];
            changed[i + random.Next(Math.Min(4, original.Length - i))] ^= (byte)(1 << random.Next(8));
            source[owner, type] = changed;
            NetWhy.Names.Validation validation = await ValidatorOf(source, words[4]).ValidateAsync(name, DnsRecordType.A, TestContext.Current.CancellationToken);
            if (validation.Status is ValidationStatus.Secure && !validation.IsNegative)
                Assert.Equal(expected, Describe(validation.Answer.Select(set => set.Set)));
            Assert.False(validation.Status is ValidationStatus.Secure && (validation.IsNegative ? expected.Length > 0 : expected.Length == 0), $"octet {i}");
        }
    }

    // Every message of a chain broken at random at once: any verdict, but no exception.
    [Fact]
    public async Task Broken_messages_end_in_a_verdict()
    {
        string[] lines = File.ReadAllLines(Path.Combine(Folder, "messages.txt"));
        string[][] cases = [.. ReadCases().Values];
        var random = new Random(20261127);
        int[] counts = new int[4];
        for (int round = 0; round < 8; round++)
        {
            RecordedSource source = RecordedSource.Read(lines.Select(line => line.Split(' ')).Select(words =>
            {
                byte[] message = Convert.FromBase64String(words[2]);
                for (int i = random.Next(12) == 0 ? random.Next(1, 4) : 0; i > 0; i--)
                    message[random.Next(message.Length)] = (byte)random.Next(256);
                return $"{words[0]} {words[1]} {Convert.ToBase64String(message.AsSpan(0, random.Next(80) == 0 ? random.Next(message.Length) : message.Length))}";
            }));
            foreach (string[] words in cases)
            {
                Assert.True(DomainName.TryParse(words[1], out DomainName name));
                Assert.True(DnsMnemonics.TryParseType(words[2], out DnsRecordType type));
                counts[(int)(await ValidatorOf(source, words[4]).ValidateAsync(name, type, TestContext.Current.CancellationToken)).Status]++;
            }
        }

        Assert.All(counts, count => Assert.NotEqual(0, count));
    }

    private static string[] Describe(IEnumerable<RecordSet> sets) => [.. sets.SelectMany(set => set.Data).Select(data => Convert.ToHexString(data.Span))];

    private static async Task<(NetWhy.Names.Validation Validation, string[] Words)> ValidateAsync(string id)
    {
        string[] words = ReadCases()[id];
        Assert.True(DomainName.TryParse(words[1], out DomainName name));
        Assert.True(DnsMnemonics.TryParseType(words[2], out DnsRecordType type));
        RecordedSource source = RecordedSource.Read(Path.Combine(Folder, "messages.txt"));
        return (await ValidatorOf(source, words[4]).ValidateAsync(name, type, TestContext.Current.CancellationToken), words);
    }

    private static Task<RootedValidation> ValidateRootedAsync(string id, string anchorFile, DateTimeOffset now)
    {
        string[] words = ReadCases()[id];
        Assert.True(DomainName.TryParse(words[1], out DomainName name));
        Assert.True(DnsMnemonics.TryParseType(words[2], out DnsRecordType type));
        RecordedSource source = RecordedSource.Read(Path.Combine(Folder, "messages.txt"));
        return new RootedValidator(source, AnchorsOf(anchorFile), new FixedClock(now)).ValidateAsync(name, type, TestContext.Current.CancellationToken);
    }

    private static Validator ValidatorOf(RecordedSource source, string anchorFile) => new(source, AnchorsOf(anchorFile), new FixedClock(Recorded));

    private static TrustAnchors AnchorsOf(string file)
    {
        Assert.Null(TrustAnchorText.Read(File.ReadAllText(Path.Combine(Folder, file)), out TrustAnchors anchors));
        return anchors;
    }

    // When the messages were recorded, and delv was asked.
    private static DateTimeOffset Recorded => DateTimeOffset.ParseExact(
        File.ReadLines(Path.Combine(Folder, "cases.txt")).First().Split(' ')[1], "yyyyMMddHHmmss", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    private static Dictionary<string, string[]> ReadCases() =>
        File.ReadLines(Path.Combine(Folder, "cases.txt")).Skip(1).Select(line => line.Split(' ')).ToDictionary(words => words[0], StringComparer.Ordinal);
}
