namespace NetWhy.Exchanges;

/// <summary>How one step of an <see cref="ExchangeStream"/> went.</summary>
public enum StreamStep
{
    /// <summary>Octets were moved.</summary>
    Moved,

    /// <summary>Wait until it can be read.</summary>
    WantsRead,

    /// <summary>Wait until it can be written.</summary>
    WantsWrite,

    /// <summary>The peer closed.</summary>
    Closed,

    /// <summary>The socket failed: see <see cref="ExchangeStream.Errno"/>.</summary>
    Failed,

    /// <summary>TLS refused: see <see cref="ExchangeStream.Tls"/>.</summary>
    Refused,
}
