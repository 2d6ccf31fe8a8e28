namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>Prints calls and answers of AFS. Source: OpenAFS, its interface definitions (afsint.xg, afscbint.xg, ptint.xg, vldbint.xg, kauth.rg, volint.xg, bosint.xg, ubik_int.xg).</summary>
/// <remarks>
/// Arguments are described as text with fields: <c>%d</c> and <c>%u</c> numbers, <c>%U</c> one of eight octets, <c>%t</c> a time, <c>%f</c> a file,
/// <c>%F</c> a list of them, <c>%s</c>, <c>%n</c> and <c>%v</c> texts of at most 256, 64 and 65 octets, <c>%P</c>, <c>%V</c> and <c>%W</c> texts with a word
/// for each of 64, 65 and 32 octets, <c>%N</c> and <c>%I</c> lists of such texts and of numbers, <c>%a</c> attributes to store, <c>%A</c> an access
/// list, <c>%b</c> a version of Ubik, <c>%i</c> an identifier, <c>%w</c> a server, <c>%T</c> a type of volume, <c>%x</c> octets and <c>%z</c> a number without meaning here,
/// <c>%y</c> whether or not, <c>%k</c> callbacks, <c>%L</c> volumes, <c>%M</c> servers, <c>%0</c> to <c>%2</c> an entry of the volume location database.
/// </remarks>
internal static class AfsPrinter
{
    private sealed record Service(string Name, string Title, Token[] Operations, Token[] Calls, Token[] Replies, bool IsUbik);

    private static readonly Service FileService = new(
        "fs",
        "fs",
        [
            (130, "fetch-data"), (131, "fetch-acl"), (132, "fetch-status"), (133, "store-data"), (134, "store-acl"), (135, "store-status"),
            (136, "remove-file"), (137, "create-file"), (138, "rename"), (139, "symlink"), (140, "link"), (141, "makedir"), (142, "rmdir"),
            (143, "oldsetlock"), (144, "oldextlock"), (145, "oldrellock"), (146, "get-stats"), (147, "give-cbs"), (148, "get-vlinfo"),
            (149, "get-vlstats"), (150, "set-vlstats"), (151, "get-rootvl"), (152, "check-token"), (153, "get-time"), (154, "nget-vlinfo"),
            (155, "bulk-stat"), (156, "setlock"), (157, "extlock"), (158, "rellock"), (159, "xstat-ver"), (160, "get-xstat"),
            (161, "dfs-lookup"), (162, "dfs-flushcps"), (163, "dfs-symlink"), (220, "residency"), (65536, "inline-bulk-status"),
            (65537, "fetch-data-64"), (65538, "store-data-64"), (65539, "give-up-all-cbs"), (65540, "get-caps"), (65541, "cb-rx-conn-addr"),
        ],
        [
            (130, "%f offset%u length%u"), (131, "%f"), (132, "%f"), (143, "%f"), (144, "%f"), (145, "%f"), (156, "%f"), (157, "%f"),
            (158, "%f"), (135, "%f%a"), (133, "%f%a offset%u length%u flen%u"), (134, "%f%A"), (137, "%f%s%a"), (141, "%f%s%a"),
            (136, "%f%s"), (142, "%f%s"), (138, " old%f%s new%f%s"), (139, "%f%s link to%s"), (140, "%f%s link to%f"), (148, "%s"),
            (149, " volid%u"), (150, " volid%u"), (154, " volname%s"), (155, "%F"), (65536, "%F"), (65537, "%f offset%U length%U"),
            (65538, "%f%a offset%U length%U flen%U"), (65541, " addr%u"),
        ],
        [(131, "%A"), (137, " new%f"), (141, " new%f"), (151, " root volume%s"), (153, "%t")],
        false);

    private static readonly Service Callback = new(
        "cb",
        "cb",
        [
            (204, "callback"), (205, "initcb"), (206, "probe"), (207, "getlock"), (208, "getce"), (209, "xstatver"), (210, "getxstat"),
            (211, "initcb2"), (212, "whoareyou"), (213, "initcb3"), (214, "probeuuid"), (215, "getsrvprefs"), (216, "getcellservdb"),
            (217, "getlocalcell"), (218, "getcacheconf"), (65536, "getce64"), (65537, "getcellbynum"), (65538, "tellmeaboutyourself"),
        ],
        [(204, "%F%k"), (214, " afsuuid%i")],
        [(213, "%i")],
        false);

    private static readonly Service Protection = new(
        "pt",
        "pt",
        [
            (500, "new-user"), (501, "where-is-it"), (502, "dump-entry"), (503, "add-to-group"), (504, "name-to-id"), (505, "id-to-name"),
            (506, "delete"), (507, "remove-from-group"), (508, "get-cps"), (509, "new-entry"), (510, "list-max"), (511, "set-max"),
            (512, "list-entry"), (513, "change-entry"), (514, "list-elements"), (515, "same-mbr-of"), (516, "set-fld-sentry"),
            (517, "list-owned"), (518, "get-cps2"), (519, "get-host-cps"), (520, "update-entry"), (521, "list-entries"),
            (530, "list-super-groups"),
        ],
        [
            (500, "%n id%d oldid%d"), (501, " id%d"), (506, " id%d"), (508, " id%d"), (512, " id%d"), (514, " id%d"), (517, " id%d"),
            (518, " id%d"), (519, " id%d"), (530, " id%d"), (502, " pos%d"), (503, " uid%d gid%d"), (507, " uid%d gid%d"),
            (515, " uid%d gid%d"), (504, "%N"), (505, " ids:%I"), (509, "%n flag%d oid%d"), (511, " id%d gflag%d"),
            (513, " id%d%n oldid%d newid%d"), (520, " id%d%n"),
        ],
        [
            (504, " ids:%I"), (505, "%N"), (508, "%I"), (514, "%I"), (517, "%I"), (518, "%I"), (519, "%I"), (510, " maxuid%d maxgid%d"),
        ],
        true);

    private static readonly Service VolumeLocation = new(
        "vldb",
        "vldb",
        [
            (501, "create-entry"), (502, "delete-entry"), (503, "get-entry-by-id"), (504, "get-entry-by-name"), (505, "get-new-volume-id"),
            (506, "replace-entry"), (507, "update-entry"), (508, "setlock"), (509, "releaselock"), (510, "list-entry"),
            (511, "list-attrib"), (512, "linked-list"), (513, "get-stats"), (514, "probe"), (515, "get-addrs"), (516, "change-addr"),
            (517, "create-entry-n"), (518, "get-entry-by-id-n"), (519, "get-entry-by-name-n"), (520, "replace-entry-n"),
            (521, "list-entry-n"), (522, "list-attrib-n"), (523, "linked-list-n"), (524, "update-entry-by-name"), (525, "create-entry-u"),
            (526, "get-entry-by-id-u"), (527, "get-entry-by-name-u"), (528, "replace-entry-u"), (529, "list-entry-u"),
            (530, "list-attrib-u"), (531, "linked-list-u"), (532, "regaddr"), (533, "get-addrs-u"), (534, "list-attrib-n2"),
        ],
        [
            (501, "%V"), (517, "%V"), (502, " volid%d%T"), (503, " volid%d%T"), (507, " volid%d%T"), (508, " volid%d%T"),
            (509, " volid%d%T"), (518, " volid%d%T"), (504, "%v"), (519, "%v"), (524, "%v"), (527, "%v"), (505, " bump%d"),
            (506, " volid%d%T%V"), (520, " volid%d%T%V"), (510, " index%d"), (521, " index%d"),
        ],
        [
            (510, " count%d nextindex%d%0"), (503, "%0"), (504, "%0"), (505, " newvol%u"), (521, " count%d nextindex%d%1"),
            (529, " count%d nextindex%d%1"), (518, "%1"), (519, "%1"), (526, "%2"), (527, "%2"),
        ],
        true);

    private static readonly Service Authentication = new(
        "kauth",
        "kauth",
        [
            (1, "auth-old"), (21, "authenticate"), (22, "authenticate-v2"), (2, "change-pw"), (3, "get-ticket-old"), (23, "get-ticket"),
            (4, "set-pw"), (5, "set-fields"), (6, "create-user"), (7, "delete-user"), (8, "get-entry"), (9, "list-entry"), (10, "get-stats"),
            (11, "debug"), (12, "get-pw"), (13, "get-random-key"), (14, "unlock"), (15, "lock-status"),
        ],
        [
            (1, " principal%n%n"), (21, " principal%n%n"), (22, " principal%n%n"), (2, " principal%n%n"), (5, " principal%n%n"),
            (6, " principal%n%n"), (7, " principal%n%n"), (8, " principal%n%n"), (14, " principal%n%n"), (15, " principal%n%n"),
            (3, " kvno%d domain%n%x principal%n%n"), (23, " kvno%d domain%n%x principal%n%n"), (4, " principal%n%n kvno%d"),
            (12, " name%n"),
        ],
        [],
        true);

    private static readonly Service Volume = new(
        "vol",
        "vol",
        [
            (100, "create-volume"), (101, "delete-volume"), (102, "restore"), (103, "forward"), (104, "end-trans"), (105, "clone"),
            (106, "set-flags"), (107, "get-flags"), (108, "trans-create"), (109, "dump"), (110, "get-nth-volume"), (111, "set-forwarding"),
            (112, "get-name"), (113, "get-status"), (114, "sig-restore"), (115, "list-partitions"), (116, "list-volumes"),
            (117, "set-id-types"), (118, "monitor"), (119, "partition-info"), (120, "reclone"), (121, "list-one-volume"), (122, "nuke"),
            (123, "set-date"), (124, "x-list-volumes"), (125, "x-list-one-volume"), (126, "set-info"), (127, "x-list-partitions"),
            (128, "forward-multiple"), (65536, "convert-ro"), (65537, "get-size"), (65538, "dump-v2"),
        ],
        [
            (100, " partition%u name%s type%u parent%u"), (101, " trans%u"), (107, " trans%u"), (102, " totrans%u flags%u"),
            (103, " fromtrans%u fromdate%t%w desttrans%d"), (104, " trans%u"), (105, " trans%u purgevol%u newtype%u newname%s"),
            (106, " trans%u flags%u"), (108, " vol%u partition%u flags%u"), (109, " fromtrans%u fromdate%t"), (110, " index%u"),
            (111, " tid%u newsite%u"), (112, " tid"), (113, " tid"), (114, " name%s type%u pid%u cloneid%u"), (116, " partition%u flags%u"),
            (117, " tid%u name%s type%u pid%u clone%u backup%u"), (119, " name%s"), (120, " tid%u"), (121, " partid%u volid%u"),
            (122, " partid%u volid%u"), (124, " partid%u volid%u"), (125, " partid%u volid%u"), (65536, " partid%u volid%u"),
            (123, " tid%u date%t"), (126, " tid%u"), (128, " fromtrans%u fromdate%t%M"), (65538, " fromtrans%u fromdate%t flags%u"),
        ],
        [
            (100, " volid%u trans%u"), (104, "%u"), (105, " newvol%u"), (107, "%u"), (108, " trans%u"), (110, " volume%u partition%u"),
            (112, "%s"),
            (113, " volid%u nextuniq%u type%u parentid%u clone%u backup%u restore%u maxquota%u minquota%u owner%u create%t access%t update%t expire%t backup%t copy%t"),
            (116, "%L"), (121, "%L"),
        ],
        false);

    private static readonly Service Overseer = new(
        "bos",
        "bos",
        [
            (80, "create-bnode"), (81, "delete-bnode"), (82, "set-status"), (83, "get-status"), (84, "enumerate-instance"),
            (85, "get-instance-info"), (86, "get-instance-parm"), (87, "add-superuser"), (88, "delete-superuser"), (89, "list-superusers"),
            (90, "list-keys"), (91, "add-key"), (92, "delete-key"), (93, "set-cell-name"), (94, "get-cell-name"), (95, "get-cell-host"),
            (96, "add-cell-host"), (97, "delete-cell-host"), (98, "set-t-status"), (99, "shutdown-all"), (100, "restart-all"),
            (101, "startup-all"), (102, "set-noauth-flag"), (103, "re-bozo"), (104, "restart"), (105, "start-bozo-install"),
            (106, "uninstall"), (107, "get-dates"), (108, "exec"), (109, "prune"), (110, "set-restart-time"), (111, "get-restart-time"),
            (112, "start-bozo-log"), (113, "wait-all"), (114, "get-instance-strings"), (115, "get-restricted"), (116, "set-restricted"),
        ],
        [
            (80, " type%s instance%s"), (81, "%s"), (83, "%s"), (85, "%s"), (87, "%s"), (88, "%s"), (93, "%s"), (96, "%s"), (97, "%s"),
            (104, "%s"), (106, "%s"), (108, "%s"), (112, "%s"), (114, "%s"), (82, "%s status%d"), (98, "%s status%d"), (86, "%s num%d"),
            (84, "%d"), (89, "%d"), (90, "%d"), (91, "%d"), (92, "%d"), (95, "%d"), (105, "%s size%d flags%d date%d"),
        ],
        [],
        false);

    private static readonly Service Ubik = new(
        "ubik",
        "ubik",
        [
            (10000, "vote-beacon"), (10001, "vote-debug-old"), (10002, "vote-sdebug-old"), (10003, "vote-getsyncsite"),
            (10004, "vote-debug"), (10005, "vote-sdebug"), (10006, "vote-xdebug"), (10007, "vote-xsdebug"), (20000, "disk-begin"),
            (20001, "disk-commit"), (20002, "disk-lock"), (20003, "disk-write"), (20004, "disk-getversion"), (20005, "disk-getfile"),
            (20006, "disk-sendfile"), (20007, "disk-abort"), (20008, "disk-releaselocks"), (20009, "disk-truncate"), (20010, "disk-probe"),
            (20011, "disk-writev"), (20012, "disk-interfaceaddr"), (20013, "disk-setversion"),
        ],
        [
            (10000, " syncsite%y votestart%t dbversion%b tid%b"), (10003, " site%u"), (20000, " tid%b"), (20001, " tid%b"), (20007, " tid%b"),
            (20008, " tid%b"), (20010, " tid%b"), (20002, " tid%b file%d pos%d length%d%z"), (20003, " tid%b file%d pos%d"), (20005, " file%d"),
            (20006, " file%d length%d dbversion%b"), (20009, " tid%b file%d length%d"), (20012, " tid%b oldversion%b newversion%b"),
        ],
        [(10000, " vote no"), (20004, " dbversion%b")],
        false);

    private static readonly Token[] FileErrors =
    [
        (101, "salvage volume"), (102, "no such vnode"), (103, "no such volume"), (104, "volume exist"), (105, "no service"),
        (106, "volume offline"), (107, "voline online"), (108, "diskfull"), (109, "diskquota exceeded"), (110, "volume busy"),
        (111, "volume moved"), (112, "AFS IO error"), (0xffffff9c, "restarting fileserver"),
    ];

    private static Service? ServiceOf(ushort port) => port switch
    {
        7000 => FileService,
        7001 => Callback,
        7002 => Protection,
        7003 => VolumeLocation,
        7004 => Authentication,
        7005 => Volume,
        7007 => Overseer,
        _ => null,
    };

    private static bool IsUbik(uint operation) => operation is (>= 10000 and <= 10007) or (>= 20000 and <= 20013);

    /// <summary>Prints a call.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="body">What was captured of it.</param>
    /// <param name="port">Port of the server.</param>
    internal static void PrintCall(PacketPrinter printer, ReadOnlySpan<byte> body, ushort port)
    {
        if (ServiceOf(port) is not { } service)
            return;
        uint operation = printer.U32(body, 0);
        if (service.IsUbik && IsUbik(operation))
        {
            printer.Put($" {service.Title}");
            service = Ubik;
        }

        printer.Put($" {service.Name} call ");
        printer.Token(service.Operations, operation, "op#%u");
        PrintFields(printer, service, service.Calls, operation, PacketPrinter.From(body, 4));
    }

    /// <summary>Prints an answer.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="body">What was captured of it.</param>
    /// <param name="port">Port of the server.</param>
    /// <param name="operation">What was called.</param>
    /// <param name="isAbort">Whether the answer is an error.</param>
    /// <param name="hasBody">Whether there is anything in it.</param>
    internal static void PrintReply(PacketPrinter printer, ReadOnlySpan<byte> body, ushort port, uint operation, bool isAbort, bool hasBody)
    {
        const uint Beacon = 10000;
        if (ServiceOf(port) is not { } service || (!hasBody && service != Protection && service != VolumeLocation))
            return;
        if (service.IsUbik && IsUbik(operation))
        {
            printer.Put($" {service.Title}");
            service = Ubik;
        }

        printer.Put($" {service.Name} reply ");
        printer.Token(service.Operations, operation, "op#%u");
        if (!isAbort)
        {
            PrintFields(printer, service, service.Replies, operation, body);
        }
        else if (service == FileService)
        {
            uint error = printer.U32(body, 0);
            printer.Put(" error ");
            printer.Token(FileErrors, error, "#%d");
        }
        else
        {
            printer.Put(service == Ubik && operation == Beacon ? " vote yes until" : " errcode");
            var fields = new AfsFields(printer, body);
            fields.Print(service == Ubik && operation == Beacon ? 't' : 'd');
        }
    }

    private static void PrintFields(PacketPrinter printer, Service service, Token[] table, uint operation, ReadOnlySpan<byte> body)
    {
        if (Token.Find(table, operation) is not { } format)
            return;
        var fields = new AfsFields(printer, body);
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] is not '%')
            {
                printer.Text.Add((byte)format[i]);
            }
            else if (!fields.Print(format[++i]))
            {
                printer.Put($" [|{service.Name}]");
                return;
            }
        }
    }
}
