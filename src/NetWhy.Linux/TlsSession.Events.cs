using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Text;
using NetWhy.Linux.Interop;

namespace NetWhy.Linux;

// What the library calls back for.
public sealed unsafe partial class TlsSession
{
    private const int OfApplication = 0; // the index of SSL_set_app_data(3ssl)

    private const int CertificateTimestamps = 18;

    private ExceptionDispatchInfo? _thrown;
    private byte[] _nextProtocols = []; // where it was allocated

    /// <summary>What the state machine is at, such as <c>SSLv3/TLS write client hello</c>.</summary>
    public string State => Text(LibSsl.SSL_state_string_long(_ssl)) ?? "";

    // One for all sessions: to make one takes longer than many a handshake.
    private static nint MakeContext()
    {
        const int Client = 1, NoInternalStore = 0x200; // SSL_SESS_CACHE_…: without, nobody is told of sessions
        const int AcceptMovingWriteBuffer = 2; // SSL_MODE_…: what is written again may lie elsewhere, and more may stand behind it
        nint context = LibSsl.SSL_CTX_new(LibSsl.TLS_client_method());
        if (context == 0)
            return 0;
        LibSsl.SSL_CTX_set_keylog_callback(context, &OnSecret);
        _ = LibSsl.SSL_CTX_ctrl(context, LibSsl.SSL_CTRL_MODE, AcceptMovingWriteBuffer, null);
        _ = LibSsl.SSL_CTX_ctrl(context, LibSsl.SSL_CTRL_SET_SESS_CACHE_MODE, Client | NoInternalStore, null);
        LibSsl.SSL_CTX_sess_set_new_cb(context, &OnTicket);
        _ = LibSsl.SSL_CTX_callback_ctrl(context, LibSsl.SSL_CTRL_SET_TLSEXT_STATUS_REQ_CB, &OnStaple);
        _ = LibSsl.SSL_CTX_callback_ctrl_name(context, LibSsl.SSL_CTRL_SET_TLSEXT_SERVERNAME_CB, &OnServerName);
        return context;
    }

    /// <summary>Whether an extension may be sent by us: the library does not send it by itself.</summary>
    /// <param name="type">Its number.</param>
    public static bool MayBeSent(int type) =>
        type is >= 0 and <= 0xffff && (type == CertificateTimestamps || LibSsl.SSL_extension_supported((uint)type) == 0);

    /// <summary>What came of NPN: 1 if both have a protocol, 2 if not; null if the server did not take part.</summary>
    public int? NextProtocolStatus { get; private set; }

    /// <summary>Protocol chosen by NPN; null if none.</summary>
    public string? NextProtocol
    {
        get
        {
            byte* name;
            uint length;
            LibSsl.SSL_get0_next_proto_negotiated(_ssl, &name, &length);
            return length == 0 ? null : Encoding.UTF8.GetString(name, (int)length);
        }
    }

    // For what can be told to a context alone; 0 if there is nothing of that kind.
    private static nint OwnContextOf(TlsOptions options)
    {
        if (options.NextProtocols.IsEmpty && options.EmptyExtensions.IsEmpty)
            return 0;
        nint context = MakeContext();
        if (context == 0)
            return 0;
        if (!options.NextProtocols.IsEmpty)
            LibSsl.SSL_CTX_set_next_proto_select_cb(context, &OnNextProtocols, 0);
        foreach (int type in options.EmptyExtensions)
            _ = LibSsl.SSL_CTX_add_client_custom_ext(context, (uint)type, 0, 0, 0, &OnEmptyExtension, 0);
        return context;
    }

    private static TlsSession? Of(nint ssl) =>
        ssl != 0 && LibSsl.SSL_get_ex_data(ssl, OfApplication) is var self && self != 0 ? GCHandle.FromIntPtr(self).Target as TlsSession : null;

    private void Listen()
    {
        nint self = GCHandle.ToIntPtr(_self);
        _ = LibSsl.SSL_set_ex_data(_ssl, OfApplication, self);
        LibSsl.SSL_set_msg_callback(_ssl, &OnMessage);
        _ = LibSsl.SSL_ctrl(_ssl, LibSsl.SSL_CTRL_SET_MSG_CALLBACK_ARG, 0, (void*)self);
        if (_observer is null)
            return;
        LibSsl.SSL_set_info_callback(_ssl, &OnMove);
        _ = LibSsl.SSL_callback_ctrl(_ssl, LibSsl.SSL_CTRL_SET_TLSEXT_DEBUG_CB, &OnExtension);
    }

    private void ListenToTransfers()
    {
        nint bio = LibSsl.SSL_get_rbio(_ssl);
        LibCrypto.BIO_set_callback_arg(bio, GCHandle.ToIntPtr(_self));
        LibCrypto.BIO_set_callback_ex(bio, &OnTransfer);
    }

    // Nothing may be thrown through the library: it waits until the call is over.
    private void Tell(Action<TlsObserver> tell)
    {
        if (_observer is null || _thrown is not null)
            return;
        try
        {
            tell(_observer);
        }
        catch (Exception thrown)
        {
            _thrown = ExceptionDispatchInfo.Capture(thrown);
        }
    }

    private void ThrowWhatObserverThrew()
    {
        ExceptionDispatchInfo? thrown = _thrown;
        _thrown = null;
        thrown?.Throw();
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnMessage(
        int isWrite, int version, int contentType, byte* octets, nuint length, nint ssl, nint argument)
    {
        if (argument == 0 || GCHandle.FromIntPtr(argument).Target is not TlsSession session)
            return;
        int count = (int)Math.Min(length, int.MaxValue);
        session.Record(isWrite != 0, version, contentType, new ReadOnlySpan<byte>(octets, count));
        long now = System.Diagnostics.Stopwatch.GetTimestamp();
        session.Tell(observer => observer.Passed(new TlsMessage(isWrite != 0, version, contentType, new ReadOnlySpan<byte>(octets, count), now)));
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnSecret(nint ssl, byte* line) =>
        Of(ssl)?.Tell(observer => observer.Secret(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(line)));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnTicket(nint ssl, nint ticket)
    {
        const int NotKept = 0;
        if (Of(ssl) is { _observer: not null } session)
        {
            using SavedTlsSession? saved = SavedTlsSession.Share(ticket);
            if (saved is not null)
                session.Tell(observer => observer.Ticket(session, saved));
        }

        return NotKept;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnStaple(nint ssl, nint argument)
    {
        bool isTaken = true;
        if (Of(ssl) is { } session)
            session.Tell(observer => isTaken = observer.Stapled(session));
        return isTaken ? 1 : 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnServerName(nint ssl, int* alert, nint argument)
    {
        const int Good = 0; // SSL_TLSEXT_ERR_OK
        if (Of(ssl) is { } session)
            session.Tell(observer => observer.Named(session));
        return Good;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnVerify(int isGood, nint context)
    {
        if (Of(LibCrypto.X509_STORE_CTX_get_ex_data(context, LibSsl.SSL_get_ex_data_X509_STORE_CTX_idx())) is not { } session)
            return isGood;
        using LibraryCertificate? certificate = LibraryCertificate.Share(LibCrypto.X509_STORE_CTX_get_current_cert(context));
        var step = new TlsVerifyStep(
            isGood, LibCrypto.X509_STORE_CTX_get_error(context), LibCrypto.X509_STORE_CTX_get_error_depth(context), certificate);
        bool goesOn = isGood != 0;
        session.Tell(observer => goesOn = observer.Verifying(step));
        return !goesOn ? 0 : Math.Max(1, isGood);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnExtension(nint ssl, int isOfServer, int type, byte* octets, int length, nint argument) =>
        Of(ssl)?.Tell(observer => observer.Extension(isOfServer != 0, type, new ReadOnlySpan<byte>(octets, Math.Max(0, length))));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnEmptyExtension(nint ssl, uint type, byte* octets, nuint length, int* alert, nint argument)
    {
        Of(ssl)?.Tell(observer => observer.Answered((int)type, new ReadOnlySpan<byte>(octets, (int)Math.Min(length, ushort.MaxValue))));
        return 1;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnNextProtocols(nint ssl, byte** chosen, byte* chosenLength, byte* offered, uint length, nint argument)
    {
        const int Taken = 0; // SSL_TLSEXT_ERR_OK
        if (Of(ssl) is not { } session)
            return Taken;
        session.Tell(observer => observer.Advertised(new ReadOnlySpan<byte>(offered, (int)Math.Min(length, ushort.MaxValue))));
        fixed (byte* own = session._nextProtocols)
            session.NextProtocolStatus = LibSsl.SSL_select_next_proto(chosen, chosenLength, offered, length, own, (uint)session._nextProtocols.Length);
        return Taken;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnMove(nint ssl, int place, int value)
    {
        const int Exit = 2; // SSL_CB_EXIT
        const int ShouldRetry = 8; // BIO_FLAGS_SHOULD_RETRY
        if (Of(ssl) is not { } session || (place & Exit) != 0 && value < 0 && LibCrypto.BIO_test_flags(LibSsl.SSL_get_rbio(ssl), ShouldRetry) != 0)
            return; // the socket does not block, so that it is left to wait, which is our affair
        session.Tell(observer => observer.Moved(session, place, value));
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint OnTransfer(nint bio, int operation, byte* octets, nuint length, int number, nint other, int result, nuint* processed)
    {
        const int BeforeReading = 2, Reading = 0x82, Writing = 0x83; // BIO_CB_READ and BIO_CB_WRITE, with BIO_CB_RETURN afterwards
        const int Read = 1, ShouldRetry = 8; // BIO_FLAGS_…
        int errno = Marshal.GetLastSystemError(); // of the transfer: what this method calls must not change it
        if (LibCrypto.BIO_get_callback_arg(bio) is not (var argument and not 0) || GCHandle.FromIntPtr(argument).Target is not TlsSession session)
            return result;
        if (operation is BeforeReading && (++session._reads > MostReads || session.IsFlooded))
        {
            // A peer that sends faster than is read would keep the library in this call: whoever made it looks at the time. A record may
            // hold hundreds of messages, each with work of its own.
            LibCrypto.BIO_set_flags(bio, Read | ShouldRetry);
            return -1;
        }

        if (operation is Reading && result > 0 && processed is not null && session.FirstOctets.Length is var before && before < RecordHeader)
            session.FirstOctets = (byte[])[.. session.FirstOctets.Span, .. new ReadOnlySpan<byte>(octets, (int)Math.Min(*processed, (nuint)(RecordHeader - before)))];

        bool isWatched = session._observer is { WatchesTransfers: true } && operation is Reading or Writing;
        if (!isWatched || LibCrypto.BIO_test_flags(bio, ShouldRetry) != 0)
        {
            Marshal.SetLastSystemError(errno);
            return result;
        }

        int count = result > 0 && processed is not null ? (int)Math.Min(*processed, length) : 0;
        session.Tell(observer => observer.Transferred(
            operation is Writing, (int)Math.Min(length, int.MaxValue), new ReadOnlySpan<byte>(octets, count), result > 0 ? count : result));
        Marshal.SetLastSystemError(errno);
        return result;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnPassphrase(byte* buffer, int size, int isWrite, nint argument)
    {
        const int None = -1;
        if (argument == 0 || GCHandle.FromIntPtr(argument).Target is not TlsSession { _passphrase: { } passphrase })
            return None;
        byte[] octets = Encoding.UTF8.GetBytes(passphrase);
        if (octets.Length > size)
            return None;
        octets.CopyTo(new Span<byte>(buffer, size));
        return octets.Length;
    }
}
