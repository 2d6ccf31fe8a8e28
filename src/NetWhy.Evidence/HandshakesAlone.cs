using System.Net;

namespace NetWhy.Evidence;

/// <summary>Equal TLS handshakes that were made one at a time: what shows that not each connection leads to the same server.</summary>
public static class HandshakesAlone
{
    /// <summary>Whether a handshake failed, and not for what was lost on the way.</summary>
    /// <param name="handshake">The handshake.</param>
    public static bool HasFailed(TlsHandshake handshake)
    {
        ArgumentNullException.ThrowIfNull(handshake);
        return handshake.Outcome is not TlsOutcome.Completed && !(handshake is { Outcome: TlsOutcome.Stalled, AllAcknowledged: false });
    }

    /// <summary>Whether they failed at two times or more, with one made between: no single moment does that, nor a limit that was reached at last.</summary>
    /// <param name="inOrder">The handshakes, in the order in which they were begun.</param>
    public static bool FailAgain(IEnumerable<TlsHandshake> inOrder) =>
        inOrder.SkipWhile(handshake => !HasFailed(handshake)).SkipWhile(handshake => handshake.Outcome is not TlsOutcome.Completed).Any(HasFailed);

    /// <summary>The usual try with an address, as an application makes it, which has the server for itself too; none if there was none.</summary>
    /// <param name="handshakes">All handshakes.</param>
    /// <param name="address">The server's address.</param>
    /// <param name="port">Its port.</param>
    public static IEnumerable<TlsHandshake> UsualTry(IEnumerable<TlsHandshake> handshakes, IPAddress address, int port) =>
        handshakes.Where(one => one.Purpose is "target" && one.Address.Equals(address) && one.Port == port).Take(1);
}
