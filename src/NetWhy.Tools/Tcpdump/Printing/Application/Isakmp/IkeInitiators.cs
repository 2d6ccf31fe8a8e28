namespace NetWhy.Tools.Tcpdump.Printing.Application.Isakmp;

/// <summary>Who began the last key exchanges, so that later messages of theirs can be told apart.</summary>
internal sealed class IkeInitiators
{
    private const int Most = 20;
    private const int CookieLength = 8;

    private readonly byte[] _cookies = new byte[Most * CookieLength];
    private readonly byte[] _addresses = new byte[Most * 32];
    private readonly int[] _versions = new int[Most];
    private int _next;

    /// <summary>The place of an exchange; -1 if it is not known.</summary>
    /// <param name="cookie">The initiator's cookie.</param>
    internal int Find(ReadOnlySpan<byte> cookie)
    {
        for (int i = 0; i < Most; i++)
        {
            if (cookie.SequenceEqual(_cookies.AsSpan(i * CookieLength, CookieLength)))
                return i;
        }

        return -1;
    }

    /// <summary>Remembers an exchange in place of the oldest.</summary>
    /// <param name="cookie">The initiator's cookie.</param>
    /// <param name="ip">The packet that began it.</param>
    internal void Remember(ReadOnlySpan<byte> cookie, in IpHeaderView ip)
    {
        cookie.CopyTo(_cookies.AsSpan(_next * CookieLength));
        ip.Source.CopyTo(_addresses.AsSpan(_next * 32));
        ip.Destination.CopyTo(_addresses.AsSpan((_next * 32) + 16));
        _versions[_next] = ip.Version;
        _next = (_next + 1) % Most;
    }

    /// <summary>Who sent a packet of an exchange: <c>I</c> the initiator, <c>R</c> the responder, <c>?</c> another.</summary>
    /// <param name="place">The place of the exchange.</param>
    /// <param name="ip">The packet.</param>
    internal char Side(int place, in IpHeaderView ip)
    {
        if (_versions[place] != ip.Version)
            return '?';
        ReadOnlySpan<byte> source = ip.Source;
        if (source.SequenceEqual(_addresses.AsSpan(place * 32, source.Length)))
            return 'I';
        return source.SequenceEqual(_addresses.AsSpan((place * 32) + 16, source.Length)) ? 'R' : '?';
    }
}
