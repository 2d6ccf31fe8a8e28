using System.Text;

namespace NetWhy.Analysis.Dissection;

/// <summary>Secrets of TLS sessions, by the random octets of their clients. Source: draft-ietf-tls-keylogfile.</summary>
internal sealed class TlsKeyLog
{
    private const int MostSecrets = 1 << 20;
    private const int RandomDigits = 64;
    private const int MostSecretDigits = 128;

    private readonly Dictionary<(string Label, string Random), byte[]> _secrets = [];

    /// <summary>Whether there are none: nothing can be decrypted.</summary>
    internal bool IsEmpty => _secrets.Count == 0;

    /// <summary>Adds the lines of a log; those that are none are left out.</summary>
    /// <param name="text">The log.</param>
    internal void Add(ReadOnlySpan<byte> text)
    {
        foreach (Range range in text.Split((byte)'\n'))
            AddLine(Encoding.ASCII.GetString(text[range]));
    }

    /// <summary>A secret; null if it is not known.</summary>
    /// <param name="label">What it is for, such as <c>CLIENT_RANDOM</c>.</param>
    /// <param name="clientRandom">The random octets of the client.</param>
    internal byte[]? Find(string label, ReadOnlySpan<byte> clientRandom) =>
        _secrets.GetValueOrDefault((label, Convert.ToHexStringLower(clientRandom)));

    private void AddLine(string line)
    {
        if (line.Length > 256 || line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is not [var label, { Length: RandomDigits } random, { Length: <= MostSecretDigits } secret])
            return;
        Span<byte> octets = stackalloc byte[MostSecretDigits / 2];
        if (_secrets.Count < MostSecrets && Convert.FromHexString(secret, octets, out _, out int written) is System.Buffers.OperationStatus.Done)
            _secrets[(label, random.ToLowerInvariant())] = octets[..written].ToArray();
    }
}
