using System.Globalization;
using NetWhy.Names;
using NetWhy.Wire.Dns;

namespace NetWhy.Tests.Names.Validation;

/// <summary>Messages that a resolver once answered; what was not asked then is silence.</summary>
internal sealed class RecordedSource : IRecordSource
{
    private readonly Dictionary<(DomainName, DnsRecordType), byte[]> _messages = [];

    /// <summary>How many questions nobody had asked.</summary>
    public int Missing { get; private set; }

    public static RecordedSource Read(string file) => Read(File.ReadLines(file));

    public static RecordedSource Read(IEnumerable<string> lines)
    {
        var source = new RecordedSource();
        foreach (string line in lines)
        {
            string[] words = line.Split(' ');
            if (!DomainName.TryParse(words[0], out DomainName name) || !DnsMnemonics.TryParseType(words[1], out DnsRecordType type))
                throw new FormatException(line);

            source._messages[(name, type)] = Convert.FromBase64String(words[2]);
        }

        return source;
    }

    public Task<FetchedMessage> FetchAsync(DomainName name, DnsRecordType type, CancellationToken cancellationToken)
    {
        if (_messages.TryGetValue((name, type), out byte[]? message))
            return Task.FromResult(new FetchedMessage(message, "192.0.2.53#53"));

        Missing++;
        return Task.FromResult(new FetchedMessage(default, "192.0.2.53#53") { Failure = string.Create(CultureInfo.InvariantCulture, $"{name} {type.Mnemonic} was not recorded") });
    }

    /// <summary>The recorded message, to be changed.</summary>
    public byte[] this[DomainName name, DnsRecordType type]
    {
        get => _messages[(name, type)];
        set => _messages[(name, type)] = value;
    }
}
