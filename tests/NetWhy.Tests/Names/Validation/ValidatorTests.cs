using System.Text;
using NetWhy.Names;
using NetWhy.Wire.Dns;
using Xunit;

namespace NetWhy.Tests.Names.Validation;

/// <summary>What the validator makes of answers that lead nowhere, or that nobody gives.</summary>
public sealed class ValidatorTests
{
    [Fact]
    public async Task Aliases_in_a_circle_are_followed_once()
    {
        var source = new WrittenSource();
        source.Answer("a.example.", DnsRecordType.A, "a.example. CNAME b.example.\nb.example. CNAME a.example.");

        NetWhy.Names.Validation validation = await ValidateAsync(source, "a.example.");

        Assert.Equal(ValidationReason.AliasLoop, validation.Problem!.Reason);
        Assert.Equal(2, validation.Answer.Count);
    }

    [Fact]
    public async Task Aliases_without_end_are_left_at_the_sixteenth()
    {
        var source = new WrittenSource();
        source.Answer("0.example.", DnsRecordType.A, string.Join('\n', Enumerable.Range(0, 40).Select(i => $"{i}.example. CNAME {i + 1}.example.")));

        NetWhy.Names.Validation validation = await ValidateAsync(source, "0.example.");

        Assert.Equal(ValidationReason.AliasLoop, validation.Problem!.Reason);
        Assert.Equal(16, validation.Answer.Count);
    }

    [Fact]
    public async Task An_alias_that_contradicts_its_DNAME_is_broken()
    {
        var source = new WrittenSource();
        source.Answer("x.d.example.", DnsRecordType.A, "d.example. DNAME t.example.\nx.d.example. CNAME x.evil.example.");

        NetWhy.Names.Validation validation = await ValidateAsync(source, "x.d.example.");

        Assert.Equal(ValidationReason.AliasBroken, validation.Problem!.Reason);
        Assert.Equal(ValidationStatus.Bogus, validation.Status);
    }

    [Fact]
    public async Task Silence_is_not_a_verdict()
    {
        NetWhy.Names.Validation validation = await ValidateAsync(new WrittenSource(), "www.example.");

        Assert.Equal((ValidationStatus.Indeterminate, ValidationReason.NoAnswer), (validation.Status, validation.Problem!.Reason));
    }

    [Fact]
    public async Task Errors_of_servers_come_with_their_extended_error()
    {
        var source = new WrittenSource();
        source.Fail("www.example.", DnsRecordType.A, DnsExtendedErrorCode.Bogus, "no\u001b[2J luck");

        NetWhy.Names.Validation validation = await ValidateAsync(source, "www.example.");

        Assert.Equal(ValidationReason.ServerError, validation.Problem!.Reason);
        Assert.Equal("SERVFAIL, DNSSEC Bogus: no\\x1b[2J luck", validation.Problem.Detail);
    }

    // A name of 127 labels, nowhere signed, at the root's anchor: as many questions as are allowed, and an end.
    [Fact]
    public async Task Long_names_have_an_end()
    {
        string name = string.Concat(Enumerable.Repeat("a.", 126));
        var source = new WrittenSource();
        source.Answer(name, DnsRecordType.A, $"{name} A 192.0.2.1");

        NetWhy.Names.Validation validation = await ValidateAsync(source, name, TrustAnchors.ForRoot());

        Assert.Equal(ValidationReason.NoAnswer, validation.Problem!.Reason);
        Assert.InRange(validation.Questions, 1, 256);
    }

    private static async Task<NetWhy.Names.Validation> ValidateAsync(WrittenSource source, string text, TrustAnchors? anchors = null)
    {
        Assert.True(DomainName.TryParse(text, out DomainName name));
        return await new Validator(source, anchors ?? new TrustAnchors(), new FixedClock(DateTimeOffset.UnixEpoch))
            .ValidateAsync(name, DnsRecordType.A, TestContext.Current.CancellationToken);
    }

    private sealed class WrittenSource : IRecordSource
    {
        private readonly Dictionary<(DomainName, DnsRecordType), byte[]> _messages = [];

        public void Answer(string owner, DnsRecordType type, string records)
        {
            DomainName name = NameOf(owner);
            byte[] buffer = new byte[65_535];
            _ = DnsMessageWriter.Create(buffer, 1, DnsFlags.Response, DnsResponseCode.NoError, out DnsMessageWriter writer);
            _ = writer.WriteQuestion(name.Octets, type);
            foreach (ReplayRecord record in ReplayRecord.Read(records))
                _ = writer.WriteRecord(DnsSection.Answer, record.Owner.Octets, record.Type, (ushort)DnsClass.Internet, record.TimeToLive, record.Data);
            _messages[(name, type)] = writer.Written.ToArray();
        }

        public void Fail(string owner, DnsRecordType type, DnsExtendedErrorCode code, string text)
        {
            DomainName name = NameOf(owner);
            byte[] octets = Encoding.UTF8.GetBytes(text);
            byte[] option = [0, (byte)DnsOptionCode.ExtendedError, 0, (byte)(2 + octets.Length), 0, (byte)code, .. octets];
            byte[] buffer = new byte[512];
            _ = DnsMessageWriter.Create(buffer, 1, DnsFlags.Response, DnsResponseCode.ServerFailure, out DnsMessageWriter writer);
            _ = writer.WriteQuestion(name.Octets, type);
            _ = writer.WriteRecord(DnsSection.Additional, DomainName.Root.Octets, DnsRecordType.OPT, 1232, 0, option);
            _messages[(name, type)] = writer.Written.ToArray();
        }

        public Task<FetchedMessage> FetchAsync(DomainName name, DnsRecordType type, CancellationToken cancellationToken) => Task.FromResult(
            _messages.TryGetValue((name, type), out byte[]? message) ? new FetchedMessage(message, "") : new FetchedMessage(default, "") { Failure = "silence" });

        private static DomainName NameOf(string text)
        {
            Assert.True(DomainName.TryParse(text, out DomainName name));
            return name;
        }
    }
}
