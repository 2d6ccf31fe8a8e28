namespace NetWhy.Wire.Tls;

/// <summary>Types of TLS handshake messages. Source: RFC 8446, section 4; RFC 5246, section 7.4; IANA.</summary>
public enum HandshakeType : byte
{
    /// <summary>HelloRequest (TLS 1.2 and before).</summary>
    HelloRequest = 0,

    /// <summary>ClientHello.</summary>
    ClientHello = 1,

    /// <summary>ServerHello, or HelloRetryRequest in its form.</summary>
    ServerHello = 2,

    /// <summary>NewSessionTicket.</summary>
    NewSessionTicket = 4,

    /// <summary>EndOfEarlyData.</summary>
    EndOfEarlyData = 5,

    /// <summary>EncryptedExtensions.</summary>
    EncryptedExtensions = 8,

    /// <summary>Certificate.</summary>
    Certificate = 11,

    /// <summary>ServerKeyExchange.</summary>
    ServerKeyExchange = 12,

    /// <summary>CertificateRequest.</summary>
    CertificateRequest = 13,

    /// <summary>ServerHelloDone.</summary>
    ServerHelloDone = 14,

    /// <summary>CertificateVerify.</summary>
    CertificateVerify = 15,

    /// <summary>ClientKeyExchange.</summary>
    ClientKeyExchange = 16,

    /// <summary>Finished.</summary>
    Finished = 20,

    /// <summary>CertificateStatus: a stapled OCSP response (TLS 1.2 and before).</summary>
    CertificateStatus = 22,

    /// <summary>KeyUpdate.</summary>
    KeyUpdate = 24,
}
